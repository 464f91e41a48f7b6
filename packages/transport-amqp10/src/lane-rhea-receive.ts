import { type Clock, RpcError } from "@porthos-rpc/protocol";
import type { Settlement } from "@porthos-rpc/protocol/driver";
import { CreditWindow } from "./credit-window.js";
import {
  LinkFault,
  type ReceiveLane,
  type ReceiveLaneEvents,
  type ReceiveLaneOptions,
  type Settlements,
} from "./lane.js";
import { sessionOf } from "./lane-rhea-send.js";
import { decode, type Received } from "./mapping.js";
import {
  faultOf,
  hearTakenBack,
  newLinkName,
  type OpenSession,
  type RheaSessions,
  terminusOf,
} from "./rhea-session.js";
import type { RheaContext, RheaDelivery, RheaLink } from "./rhea-types.js";
import { SessionWear } from "./session-wear.js";

const SETTLED = 1;
const UNSETTLED = 0;
/** How far a broker may be ahead of us where nothing is settled by us. */
const WINDOW = 1_000;

export async function openReceiveLane(
  sessions: RheaSessions,
  options: ReceiveLaneOptions,
  events: ReceiveLaneEvents,
): Promise<ReceiveLane> {
  const shared = options.pairedWith === undefined ? undefined : sessionOf(options.pairedWith);
  const session = shared ?? (await sessions.open());
  const { source, credit, properties } = options;
  const link = session.session.open_receiver({
    name: options.linkName ?? newLinkName(),
    source: terminusOf(source),
    ...(shared === undefined ? {} : { target: { address: source.address } }),
    snd_settle_mode: credit === undefined ? SETTLED : UNSETTLED,
    rcv_settle_mode: 0,
    credit_window: 0,
    autoaccept: false,
    autosettle: false,
    ...(properties === undefined ? {} : { properties }),
  });
  const lane = new RheaReceiveLane(sessions, session, link, options, events);
  try {
    await sessions.attach(session.session, "receiver", link);
  } catch (error) {
    lane.abandon();
    throw error;
  }
  lane.opened();
  // rhea writes the credit at the end of this turn, but after transfers: a request must not overtake the credit for
  // its answer.
  await new Promise((resolve) => setImmediate(resolve));
  return lane;
}

class RheaReceiveLane implements ReceiveLane {
  readonly #clock: Clock;
  readonly #session: OpenSession;
  readonly #link: RheaLink;
  readonly #options: ReceiveLaneOptions;
  readonly #events: ReceiveLaneEvents;
  readonly #window: CreditWindow<RheaDelivery, Received>;
  readonly #wear: SessionWear;
  /** The peer's number for its first transfer. */
  #firstTransfer = 0;
  #open = false;
  #ended = false;
  /** No more deliveries are wanted; `#stopped`: and none come any more. */
  #cancelling = false;
  #stopped = false;
  #onStopped: (() => void) | undefined;

  constructor(
    sessions: RheaSessions,
    session: OpenSession,
    link: RheaLink,
    options: ReceiveLaneOptions,
    events: ReceiveLaneEvents,
  ) {
    this.#clock = sessions.clock;
    this.#wear = new SessionWear(sessions.clock, sessions.wornAt, (reason) => this.#replace(reason));
    this.#session = session;
    this.#link = link;
    this.#options = options;
    this.#events = events;
    this.#window = new CreditWindow(options.credit ?? WINDOW);
    link.on("message", (context) => this.#onMessage(context));
    link.on("receiver_drained", () => this.#stop());
    link.on("receiver_close", () => this.#onClosed());
    session.session.on("session_close", () => this.#onClosed());
    if (options.credit !== undefined)
      hearTakenBack(session.session, (first, last) => this.#takeBack(first, last));
  }

  get address(): string {
    return this.#link.source?.address ?? "";
  }

  opened(): void {
    this.#open = true;
    this.#firstTransfer = this.#session.session.incoming.next_transfer_id;
    this.#grant();
  }

  abandon(): void {
    this.#ended = true;
    this.#wear.stop();
    void this.#session.end();
  }

  settle(tag: number, how: Settlement): void {
    if (this.#ended) return;
    const delivery = this.#window.settle(tag);
    if (delivery === undefined) return;
    this.#send(delivery, how);
    this.#handOverHeld();
    this.#grant();
    this.#closeIfDone();
    this.#wear.settled(this.#window.unsettled);
  }

  /** The broker gives it to somebody again, and nothing to us until we agree. Who has it may settle it late, in vain. */
  #takeBack(first: number, last: number): void {
    for (let tag = first; tag <= last; tag++) this.settle(tag, "release");
  }

  async cancel(): Promise<void> {
    if (this.#ended || this.#cancelling) return;
    this.#cancelling = true;
    for (const tag of this.#window.takeHeld()) this.settle(tag, "release");
    const stopped = new Promise<void>((resolve) => {
      this.#onStopped = resolve;
      if (this.#options.cancelBy === "detach") this.#link.close();
      else if (this.#window.granted > 0) this.#link.drain_credit();
      this.#stopIfUsedUp();
    });
    // Of the connection's end nobody tells the link.
    await Promise.race([stopped, this.#session.closed]);
  }

  /** Without credit nothing comes, and some brokers do not answer a drain of nothing (Artemis). */
  #stopIfUsedUp(): void {
    if (this.#options.cancelBy === "drain" && this.#window.granted === 0) this.#stop();
  }

  async close(): Promise<void> {
    this.#end();
    await this.#session.close(this.#link, "receiver");
  }

  #onMessage({ message, delivery }: RheaContext): void {
    if (delivery === undefined) return;
    // Its place in the session's window is free at once: else one that stays unsettled would stop all after it.
    delivery.settled = true;
    if (this.#ended) return;
    this.#window.arrived();
    this.#wear.carried(this.#session.session.incoming.next_transfer_id - this.#firstTransfer);
    if (this.#options.credit === undefined) this.#handOver(delivery.id, message);
    else this.#track(delivery, message);
    this.#grant();
    this.#stopIfUsedUp();
    this.#wear.settled(this.#window.unsettled);
  }

  #track(delivery: RheaDelivery, message: unknown): void {
    if (this.#cancelling) {
      this.#send(delivery, "release");
      return;
    }
    const received = this.#read(message);
    if (received === undefined) {
      this.#send(delivery, "reject");
      return;
    }
    const now = this.#window.add(delivery.id, delivery, received, this.#clock.now());
    if (now) this.#events.onDelivery(this, delivery.id, received);
  }

  /** One has left room for the next. What expired while it was held back is the broker's to drop. */
  #handOverHeld(): void {
    const next = this.#cancelling ? undefined : this.#window.nextHeld();
    if (next === undefined) return;
    const { ttlMs } = next.item.message;
    if (ttlMs !== undefined && this.#clock.now() - next.sinceMs >= ttlMs) this.settle(next.tag, "release");
    else this.#events.onDelivery(this, next.tag, next.item);
  }

  #handOver(tag: number, message: unknown): void {
    if (this.#cancelling) return;
    const received = this.#read(message);
    if (received !== undefined) this.#events.onDelivery(this, tag, received);
  }

  #read(message: unknown): Received | undefined {
    try {
      if (message !== undefined && !Buffer.isBuffer(message))
        throw new TypeError("rhea decoded the message itself");
      return decode(message ?? Buffer.alloc(0), this.#options.values);
    } catch (cause) {
      const reason =
        cause instanceof RpcError ? cause : new RpcError("BadRequest", "not decodable", { cause });
      this.#events.onUndecodable(reason);
      return undefined;
    }
  }

  #send(delivery: RheaDelivery, how: Settlement): void {
    sendOutcome(delivery, this.#options.settlements[how]);
  }

  #grant(): void {
    if (!this.#open || this.#cancelling || this.#ended || this.#wear.isWorn) return;
    const isSettled = this.#options.credit === undefined;
    const more = this.#window.grantable(isSettled ? WINDOW / 2 : 1);
    if (more > 0) this.#link.add_credit(more);
  }

  #stop(): void {
    if (!this.#cancelling) return;
    this.#stopped = true;
    this.#onStopped?.();
    this.#onStopped = undefined;
    this.#closeIfDone();
  }

  /** After a cancel the session stays for those who have not settled yet. */
  #closeIfDone(): void {
    if (this.#stopped && this.#window.unsettled === 0 && !this.#ended) void this.close();
  }

  /** What is on its way, or unsettled, the broker delivers again. */
  #replace(reason: LinkFault): void {
    if (this.#ended || this.#cancelling) return;
    void this.close();
    this.#events.onLost(reason);
  }

  #end(): void {
    this.#ended = true;
    this.#wear.stop();
    this.#onStopped?.();
    this.#onStopped = undefined;
  }

  #onClosed(): void {
    if (this.#ended || !this.#open) return;
    const sessionError = this.#session.session.error;
    // A cancel by detaching: deliveries can be settled as long as the session lives.
    if (
      this.#cancelling &&
      this.#options.cancelBy === "detach" &&
      sessionError === undefined &&
      !this.#stopped
    ) {
      this.#stop();
      return;
    }
    const fault = this.#link.error ?? sessionError;
    this.#end();
    void this.#session.end();
    if (this.#cancelling) return;
    this.#events.onLost(
      fault === undefined ? new LinkFault(undefined, "the broker closed the link") : faultOf(fault),
    );
  }
}

/**
 * rhea writes neighbours that are settled in one turn as one range, and compares the outcomes only from the third on:
 * of one that is accepted and the next that is released, both would be accepted, and the second lost. It does compare
 * the flag that says "settled" with its neighbour's, so every outcome gets another value that means true.
 */
function sendOutcome(delivery: RheaDelivery, outcome: Settlements[Settlement]): void {
  switch (outcome) {
    case "accepted":
      delivery.accept();
      return;
    case "released":
      delivery.release();
      delivery.settled = 1;
      return;
    case "rejected":
      delivery.reject();
      delivery.settled = 2;
      return;
    case "failed":
      delivery.modified({ delivery_failed: true });
      delivery.settled = 3;
  }
}
