import {
  ACCEPTED,
  type Clock,
  type Message,
  RpcError,
  type SendListener,
  type SendOutcome,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { Keeper, within } from "@porthos-rpc/protocol/driver";
import { TTL_OFFSET } from "./amqp-message.js";
import type { Dialect, Purpose } from "./dialects/dialect.js";
import { topicKey } from "./dialects/topic-key.js";
import { linkError, outcomeError } from "./errors.js";
import { refuseNested } from "./header-encode.js";
import type { LinkOutcome, SendLane } from "./lane.js";
import type { Link } from "./link.js";
import { checkShort, encode } from "./mapping.js";
import { type Send, UnsettledSends } from "./unsettled.js";

/** How long the last outcomes are waited for at the end. */
const DRAIN_MS = 5_000;
/** Bodies that may wait for the broker at a time, beside the bound on their number. One message always may. */
const MAX_UNSETTLED_BYTES = 134_217_728;
/** How often what waits is looked through. One timer, set only while something waits. */
const TICK_MS = 250;
/** A broker that has said nothing for so long, although something waits for it, takes no messages for now. */
const STALLED_MS = 1_500;

export interface PublisherOptions {
  readonly clock: Clock;
  readonly purpose: Purpose;
  /** For errors: `sending`, `replying`, `topics`. */
  readonly subject: string;
  readonly confirmTimeoutMs: number;
  readonly maxUnconfirmed: number;
  readonly maxMessageBytes: number;
  onUp(): void;
  /** It cannot send for now. The outcomes of what was under way follow. */
  onDown(reason: RpcError): void;
  onFailed(reason: RpcError): void;
  onReturned(address: string, message: Message): void;
  /** The broker takes nothing for now, or takes messages again: AMQP 1.0 has no word for it, so it is inferred. */
  onStalled(isStalled: boolean): void;
  /** A listener's own code threw. */
  onListenerError(error: unknown): void;
}

/** Sends on one link, as far as the broker gives credit, and tells what became of each message. */
export class Publisher {
  readonly keeper: Keeper<Link, SendLane>;
  readonly #options: PublisherOptions;
  readonly #unsettled = new UnsettledSends();
  #dialect: Dialect | undefined;
  #draining = false;
  #stopTimer: (() => void) | undefined;
  /** When the broker last gave credit or an outcome, or nothing waited for it. */
  #lastWordMs = 0;
  #stalled = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.keeper = new Keeper<Link, SendLane>({
      clock: options.clock,
      persistent: true,
      open: (link, lost) => {
        this.#dialect = link.dialect;
        return link.lanes.openSend(link.dialect.relay(options.purpose), {
          onOutcome: (number, outcome) => this.#onOutcome(number, outcome),
          onCredit: () => this.#onCredit(),
          onLost: (cause) => lost(linkError(cause, { subject: options.subject })),
        });
      },
      onOpen: () => this.#onOpen(),
      onLost: (reason) => this.#onLost(reason),
      onFailed: (reason) => options.onFailed(reason),
      drain: () => this.#drain(),
    });
  }

  send(address: string, message: Message, listener: SendListener | undefined): void {
    const lane = this.keeper.lane;
    if (lane === undefined || this.#dialect === undefined || this.#draining) {
      this.#tell(listener, UNSENT);
      return;
    }
    try {
      this.#take(lane, this.#dialect, address, message, listener);
    } catch (error) {
      this.#tell(listener, refused(error));
    }
  }

  /** For what is refused before it comes here. */
  refuse(listener: SendListener | undefined, error: RpcError): void {
    this.#tell(listener, refused(error));
  }

  #take(
    lane: SendLane,
    dialect: Dialect,
    address: string,
    message: Message,
    listener: SendListener | undefined,
  ): void {
    checkName(this.#options.purpose, address);
    this.#checkBounds(message);
    const bytes = this.#encode(lane, dialect, address, message);
    const now = this.#options.clock.now();
    const send: Send = { address, message, listener, bytes, queuedAtMs: now, sentAtMs: now, told: false };
    if (this.#unsettled.size === 0) this.#lastWordMs = now;
    if (this.#unsettled.waiting > 0 || !lane.canSend) {
      this.#unsettled.wait(send);
    } else {
      send.bytes = undefined;
      this.#unsettled.sent(lane.send(bytes), send);
    }
    this.#stopTimer ??= this.#options.clock.after(TICK_MS, this.#tick);
  }

  #checkBounds(message: Message): void {
    const bytes = message.body.length;
    const { maxMessageBytes, maxUnconfirmed } = this.#options;
    if (bytes > maxMessageBytes) {
      throw new RpcError("TooLarge", `the body has ${bytes} bytes; at most ${maxMessageBytes} are carried`);
    }
    const { size, bytes: waiting } = this.#unsettled;
    if (size === 0 || (size < maxUnconfirmed && waiting + bytes <= MAX_UNSETTLED_BYTES)) return;
    throw new RpcError("Overloaded", `${size} messages (${waiting} bytes) wait for the broker already`);
  }

  #encode(lane: SendLane, dialect: Dialect, address: string, message: Message): Buffer {
    const { purpose } = this.#options;
    const route = dialect.route(purpose, address);
    // The broker would close the link over them, with all that is under way on it.
    if (!dialect.takesNested) refuseNested(message.headers);
    const bytes = encode(adapted(message, dialect, purpose), route);
    const max = lane.maxMessageBytes;
    if (max !== undefined && bytes.length > max) {
      throw new RpcError(
        "TooLarge",
        `the message has ${bytes.length} bytes; the broker takes at most ${max}`,
      );
    }
    return bytes;
  }

  #onOpen(): void {
    this.#draining = false;
    this.#options.onUp();
  }

  #onCredit(): void {
    this.#heard();
    const lane = this.keeper.lane;
    if (lane === undefined) return;
    const now = this.#options.clock.now();
    while (lane.canSend) {
      const send = this.#unsettled.next();
      if (send === undefined) return;
      const { bytes } = send;
      if (bytes === undefined) continue;
      if (isExpired(send, now)) this.#tell(send.listener, expired(send));
      else this.#sendNow(lane, send, bytes, now);
    }
  }

  #sendNow(lane: SendLane, send: Send, bytes: Buffer, now: number): void {
    const { ttlMs } = send.message;
    // The time to live counts from the call of `send`, not from the credit.
    if (ttlMs !== undefined)
      bytes.writeUInt32BE(Math.max(1, ttlMs - Math.floor(now - send.queuedAtMs)), TTL_OFFSET);
    send.bytes = undefined;
    send.sentAtMs = now;
    this.#unsettled.sent(lane.send(bytes), send);
  }

  #onOutcome(number: number, outcome: LinkOutcome): void {
    this.#heard();
    const send = this.#unsettled.settle(number);
    if (send === undefined || send.told) return;
    this.#tell(send.listener, this.#outcomeOf(send, outcome));
  }

  #outcomeOf(send: Send, outcome: LinkOutcome): SendOutcome {
    if (outcome.kind === "accepted") return ACCEPTED;
    const hasNobody = outcome.kind === "released" || outcome.condition === "amqp:not-found";
    if (!hasNobody) return { kind: "refused", error: outcomeError(send.address, outcome) };
    // Nobody hears a topic: that is no error.
    if (this.#options.purpose === "topic") return ACCEPTED;
    this.#options.onReturned(send.address, send.message);
    return UNROUTABLE;
  }

  #onLost(reason: RpcError): void {
    this.#setStalled(false);
    this.#options.onDown(reason);
    const unknown: SendOutcome = { kind: "unknown", error: lostInFlight(reason) };
    const { sent, waiting } = this.#unsettled.drop();
    this.#endTimer();
    for (const send of sent) if (!send.told) this.#tell(send.listener, unknown);
    for (const send of waiting) this.#tell(send.listener, UNSENT);
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    await within(this.#options.clock, DRAIN_MS, this.#unsettled.empty());
    this.#endTimer();
  }

  readonly #tick = (): void => {
    this.#stopTimer = undefined;
    const now = this.#options.clock.now();
    const { confirmTimeoutMs } = this.#options;
    const isOver = (send: Send): boolean => now - send.sentAtMs >= confirmTimeoutMs;
    for (const send of this.#unsettled.takeWaiting((each) => isExpired(each, now) || isOver(each))) {
      this.#tell(send.listener, isExpired(send, now) ? expired(send) : noCredit(send, confirmTimeoutMs));
    }
    for (const send of this.#unsettled.tellSent(isOver))
      this.#tell(send.listener, late(send, confirmTimeoutMs));
    if (this.#unsettled.size === 0) {
      this.#heard();
      return;
    }
    this.#setStalled(now - this.#lastWordMs >= STALLED_MS);
    this.#stopTimer ??= this.#options.clock.after(TICK_MS, this.#tick);
  };

  #heard(): void {
    this.#lastWordMs = this.#options.clock.now();
    this.#setStalled(false);
  }

  #setStalled(isStalled: boolean): void {
    if (isStalled === this.#stalled) return;
    this.#stalled = isStalled;
    this.#options.onStalled(isStalled);
  }

  #endTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #tell(listener: SendListener | undefined, outcome: SendOutcome): void {
    if (listener === undefined) return;
    try {
      listener.onOutcome(outcome);
    } catch (error) {
      this.#options.onListenerError(error);
    }
  }
}

/** The bounds of the other transports, so that what works on one works on all. @throws {RpcError} BadRequest */
function checkName(purpose: Purpose, address: string): void {
  const what = purpose === "inbox" ? "reply address" : `${purpose}'s name`;
  if (address === "") throw new RpcError("BadRequest", `the ${what} is empty`);
  checkShort(what, purpose === "topic" ? topicKey(address) : address);
}

/** What this broker cannot take as it is. */
function adapted(message: Message, dialect: Dialect, purpose: Purpose): Message {
  const durable = message.durable && dialect.takesDurable;
  const ttlMs = message.ttlMs ?? (purpose === "inbox" ? dialect.replyTtlMs : undefined);
  return durable === message.durable && ttlMs === message.ttlMs ? message : { ...message, durable, ttlMs };
}

function isExpired({ message, queuedAtMs }: Send, now: number): boolean {
  return message.ttlMs !== undefined && now - queuedAtMs >= message.ttlMs;
}

/** Its time to live ended here, before the broker could have given it to anybody. */
function expired({ address, message }: Send): SendOutcome {
  const text = `a message for "${address}" expired after ${message.ttlMs} ms: the broker gave no credit to send it`;
  return { kind: "refused", error: new RpcError("Timeout", text, { executed: "no" }) };
}

function noCredit({ address }: Send, timeoutMs: number): SendOutcome {
  const text = `the broker gave no credit to send a message for "${address}" within ${timeoutMs} ms`;
  return { kind: "refused", error: new RpcError("Overloaded", text) };
}

function late({ address }: Send, timeoutMs: number): SendOutcome {
  const text = `the broker did not say what became of a message for "${address}" within ${timeoutMs} ms`;
  return { kind: "unknown", error: new RpcError("Unavailable", text) };
}

function refused(error: unknown): SendOutcome {
  const known =
    error instanceof RpcError ? error : new RpcError("BadRequest", "not sendable", { cause: error });
  return { kind: "refused", error: known };
}

/** Whatever the reason says of itself: of what was sent before nobody knows. */
function lostInFlight(reason: RpcError): RpcError {
  if (reason.executed === "maybe") return reason;
  const code = reason.code === "Config" ? "Config" : "Unavailable";
  return new RpcError(code, reason.message, { executed: "maybe", cause: reason });
}
