import type { LinkOutcome, SendLane, SendLaneEvents, SendTarget } from "./lane.js";
import { LinkFault } from "./lane.js";
import { faultOf, newLinkName, type OpenSession, type RheaSessions, terminusOf } from "./rhea-session.js";
import type { RheaContext, RheaError, RheaLink } from "./rhea-types.js";
import { SessionWear } from "./session-wear.js";

const SETTLED = 1;
const UNSETTLED = 0;

/** Told to the broker: some close the link over a message that they cannot route, if it did not hear of `rejected`. */
const OUTCOMES = ["amqp:accepted:list", "amqp:rejected:list", "amqp:released:list", "amqp:modified:list"];

const KINDS: readonly LinkOutcome["kind"][] = ["accepted", "released", "rejected", "modified"];

/** Outcomes without a reason: one object each. */
const PLAIN: Readonly<Record<LinkOutcome["kind"], LinkOutcome>> = {
  accepted: { kind: "accepted" },
  released: { kind: "released" },
  rejected: { kind: "rejected" },
  modified: { kind: "modified" },
};

function withReason(kind: LinkOutcome["kind"], { condition, description }: RheaError): LinkOutcome {
  return {
    kind,
    ...(condition ? { condition } : {}),
    ...(description ? { description } : {}),
  };
}

export async function openSendLane(
  sessions: RheaSessions,
  target: SendTarget,
  events: SendLaneEvents,
): Promise<SendLane> {
  const session = await sessions.open();
  const link = session.session.open_sender({
    name: target.name ?? newLinkName(),
    target: terminusOf(target),
    source: { outcomes: OUTCOMES, ...(target.name === undefined ? {} : { address: target.address }) },
    snd_settle_mode: target.settled === true ? SETTLED : UNSETTLED,
    // "modified" is no reason to send again.
    treat_modified_as_released: false,
    ...(target.properties === undefined ? {} : { properties: target.properties }),
  });
  const lane = new RheaSendLane(sessions, session, link, events);
  try {
    await sessions.attach(session.session, "sender", link);
  } catch (error) {
    lane.abandon();
    throw error;
  }
  lane.opened();
  return lane;
}

/** Kept for the receiver of a link pair, which has to be in the same session. */
const sessionsOfLanes = new WeakMap<SendLane, OpenSession>();

export function sessionOf(lane: SendLane): OpenSession | undefined {
  return sessionsOfLanes.get(lane);
}

class RheaSendLane implements SendLane {
  readonly #session: OpenSession;
  readonly #link: RheaLink;
  readonly #events: SendLaneEvents;
  readonly #wear: SessionWear;
  #handed = 0;
  /** Of those that were handed over. */
  #settled = 0;
  #open = false;
  #ended = false;

  constructor(sessions: RheaSessions, session: OpenSession, link: RheaLink, events: SendLaneEvents) {
    this.#wear = new SessionWear(sessions.clock, sessions.wornAt, (reason) => this.#lose(reason));
    this.#session = session;
    this.#link = link;
    this.#events = events;
    sessionsOfLanes.set(this, session);
    for (const kind of KINDS) link.on(kind, (context) => this.#onOutcome(kind, context));
    link.on("sendable", () => {
      if (this.#open && !this.#ended) events.onCredit();
    });
    link.on("sender_close", () => this.#onClosed());
    session.session.on("session_close", () => this.#onClosed());
  }

  get maxMessageBytes(): number | undefined {
    const max = this.#link.max_message_size;
    return typeof max === "number" && max > 0 ? max : undefined;
  }

  /** rhea takes credit off only when it writes, at the end of the turn: what it holds until then counts too. */
  get canSend(): boolean {
    if (this.#ended || this.#wear.isWorn || this.#session.ended || !this.#link.sendable()) return false;
    return this.#link.credit > this.#handed - this.#link.delivery_count;
  }

  opened(): void {
    this.#open = true;
  }

  abandon(): void {
    this.#end();
    void this.#session.end();
  }

  send(bytes: Buffer): number {
    const tag = Buffer.allocUnsafe(4);
    tag.writeUInt32BE(this.#handed++ % 2 ** 32);
    const { id } = this.#link.send(bytes, tag, 0);
    this.#wear.carried(this.#session.session.outgoing.next_transfer_id);
    return id;
  }

  async close(): Promise<void> {
    this.#end();
    await this.#session.close(this.#link, "sender");
  }

  #onOutcome(kind: LinkOutcome["kind"], { delivery }: RheaContext): void {
    if (delivery === undefined || this.#ended) return;
    const error = delivery.remote_state?.error;
    this.#events.onOutcome(
      delivery.id,
      error === undefined || error === null ? PLAIN[kind] : withReason(kind, error),
    );
    this.#settled++;
    this.#wear.settled(this.#handed - this.#settled);
  }

  #onClosed(): void {
    if (this.#ended || !this.#open) return;
    const fault = this.#link.error ?? this.#session.session.error;
    this.#lose(fault === undefined ? new LinkFault(undefined, "the broker closed the link") : faultOf(fault));
  }

  #lose(reason: LinkFault): void {
    this.#end();
    void this.#session.end();
    this.#events.onLost(reason);
  }

  #end(): void {
    this.#ended = true;
    this.#wear.stop();
  }
}
