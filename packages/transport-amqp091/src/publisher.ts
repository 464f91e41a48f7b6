import {
  ACCEPTED,
  type Clock,
  inOneLine,
  type Message,
  RpcError,
  type SendListener,
  type SendOutcome,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { Keeper, within } from "@porthos-rpc/protocol/driver";
import { channelError, REPLY_CODE, replyCodeOf } from "./errors.js";
import type { SendLane } from "./lane.js";
import type { Link } from "./link.js";
import { Unconfirmed } from "./unconfirmed.js";

/** How long the last confirms are waited for at the end. */
const DRAIN_MS = 5_000;
/** Bodies that may wait for the broker at a time, beside the bound on their number. One message always may. */
const MAX_UNCONFIRMED_BYTES = 134_217_728;

export interface PublisherOptions {
  readonly clock: Clock;
  /** For errors: `sending`, `topics`. */
  readonly subject: string;
  readonly confirmTimeoutMs: number;
  readonly maxUnconfirmed: number;
  readonly maxMessageBytes: number;
  onUp(): void;
  /** It cannot send for now. The outcomes of what was under way follow. */
  onDown(reason: RpcError): void;
  /** The broker crashed (an internal error) while a direct reply was unconfirmed. */
  onCrash?(): void;
  onFailed(reason: RpcError): void;
  onReturned(address: string, message: Message): void;
  /** A listener's own code threw. */
  onListenerError(error: unknown): void;
}

export interface SendKind {
  /** Whether a message that no queue gets is to come back. */
  readonly mandatory: boolean;
  /** A direct reply (see reply-address.ts). */
  readonly direct: boolean;
}

/** Sends on one confirmed channel, and tells what became of each message. */
export class Publisher {
  readonly keeper: Keeper<Link, SendLane>;
  readonly #options: PublisherOptions;
  readonly #unconfirmed: Unconfirmed;
  #maxMessageBytes: number;
  /** What a lane's numbers are counted from. */
  #laneStart = 0;
  #draining = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#unconfirmed = new Unconfirmed(options.clock, options.confirmTimeoutMs, (send, outcome) =>
      this.#tell(send.listener, outcome),
    );
    this.keeper = new Keeper<Link, SendLane>({
      clock: options.clock,
      persistent: true,
      open: (link, lost) => {
        return link.lanes.openSend({
          onConfirm: (number, multiple, accepted) => this.#onConfirm(number, multiple, accepted),
          onReturn: (messageId) => this.#onReturn(messageId),
          onLost: (cause) => lost(channelError(cause, { subject: options.subject })),
        });
      },
      onOpen: () => this.#onOpen(),
      onLost: (reason) => this.#onLost(reason),
      onFailed: (reason) => options.onFailed(reason),
      drain: () => this.#drain(),
    });
  }

  send(
    exchange: string,
    address: string,
    kind: SendKind,
    message: Message,
    listener: SendListener | undefined,
  ): void {
    const lane = this.keeper.lane;
    let written = false;
    try {
      if (lane !== undefined && !this.#draining)
        written = this.#write(lane, exchange, address, kind, message);
    } catch (error) {
      this.refuse(listener, error);
      return;
    }
    if (!written) {
      this.#tell(listener, UNSENT);
      return;
    }
    const { direct } = kind;
    const sentAtMs = this.#options.clock.now();
    this.#unconfirmed.add({ address, message, listener, direct, sentAtMs, returned: false, told: false });
  }

  #write(lane: SendLane, exchange: string, address: string, kind: SendKind, message: Message): boolean {
    this.#checkBounds(message);
    // The number of the send doubles as its message id: it never comes twice in this transport.
    const messageId = kind.mandatory ? String(this.#unconfirmed.next) : undefined;
    return lane.publish(exchange, address, message, messageId);
  }

  #checkBounds(message: Message): void {
    const bytes = message.body.length;
    if (bytes > this.#maxMessageBytes) {
      const text = `the body has ${bytes} bytes; at most ${this.#maxMessageBytes} are carried`;
      throw new RpcError("TooLarge", text);
    }
    const { size, bytes: waiting } = this.#unconfirmed;
    if (size === 0 || (size < this.#options.maxUnconfirmed && waiting + bytes <= MAX_UNCONFIRMED_BYTES))
      return;
    throw new RpcError(
      "Overloaded",
      `${size} messages (${waiting} bytes) wait for the broker's confirm already`,
    );
  }

  #onOpen(): void {
    this.#laneStart = this.#unconfirmed.next - 1;
    this.#draining = false;
    this.#options.onUp();
  }

  #onConfirm(number: number, multiple: boolean, accepted: boolean): void {
    this.#unconfirmed.confirm(this.#laneStart + number, multiple, (send) => {
      // Qpid confirms a returned message negatively, RabbitMQ positively.
      if (send.returned) this.#tell(send.listener, UNROUTABLE);
      else this.#tell(send.listener, accepted ? ACCEPTED : notTaken(send.address));
    });
  }

  #onReturn(messageId: string): void {
    const send = this.#unconfirmed.get(Number(messageId));
    if (send === undefined || send.returned) return;
    send.returned = true;
    this.#options.onReturned(send.address, send.message);
  }

  /** For what is refused before it comes here. */
  refuse(listener: SendListener | undefined, error: unknown): void {
    this.#tell(listener, refused(error));
  }

  #onLost(reason: RpcError): void {
    this.#options.onDown(reason);
    const tooLarge = limitOf(reason);
    if (tooLarge !== undefined) this.#maxMessageBytes = Math.min(this.#maxMessageBytes, tooLarge);
    const unknown: SendOutcome = { kind: "unknown", error: lostInFlight(reason) };
    let culprit = false;
    let direct = false;
    this.#unconfirmed.drop((send) => {
      direct ||= send.direct;
      // A channel ends at the message that broke it: what came after it was thrown away by the broker.
      let outcome: SendOutcome = culprit ? UNSENT : unknown;
      if (!culprit && tooLarge !== undefined && send.message.body.length > tooLarge) {
        culprit = true;
        outcome = { kind: "refused", error: reason };
      }
      this.#tell(send.listener, outcome);
    });
    if (direct && replyCodeOf(reason.cause) === REPLY_CODE.internalError) this.#options.onCrash?.();
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    await within(this.#options.clock, DRAIN_MS, this.#unconfirmed.empty());
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

function refused(error: unknown): SendOutcome {
  const known =
    error instanceof RpcError ? error : new RpcError("BadRequest", "not sendable", { cause: error });
  return { kind: "refused", error: known };
}

function notTaken(address: string): SendOutcome {
  const message = `the broker did not take a message for "${inOneLine(address, 255)}" (nack): the queue is full, or cannot store it`;
  return { kind: "refused", error: new RpcError("Overloaded", message) };
}

/** The broker's limit, where a message above it closed the channel. */
function limitOf(reason: RpcError): number | undefined {
  if (reason.code !== "TooLarge") return undefined;
  return (reason.details as { maxMessageBytes?: number }).maxMessageBytes;
}

/** Whatever the reason says of itself: of what was written before nobody knows. */
function lostInFlight(reason: RpcError): RpcError {
  if (reason.executed === "maybe") return reason;
  const code = reason.code === "Config" ? "Config" : "Unavailable";
  return new RpcError(code, reason.message, { executed: "maybe", cause: reason });
}
