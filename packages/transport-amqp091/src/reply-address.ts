import { type Clock, RpcError } from "@porthos-rpc/protocol";
import { checkShort } from "./mapping.js";

/** Where a reply goes: a routing key of the default exchange. */
export interface ReplyAddress {
  readonly key: string;
  /** RabbitMQ's direct reply-to: the key names a channel of the requester, not a queue. */
  readonly direct: boolean;
}

const DIRECT = "amq.rabbitmq.reply-to";
const DIRECT_TOKEN =
  /^amq\.rabbitmq\.reply-to\.((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\.[A-Za-z0-9+/]+={0,2}$/;

/**
 * The routing key behind a stranger's `replyTo`. Brokers that also speak AMQP 1.0 pass on some addresses of its
 * clients as those wrote them; the queue is taken out of those.
 * @throws {RpcError} BadRequest for what can be no queue, or would make the broker close our connection
 */
export function readReplyAddress(address: string): ReplyAddress {
  const key = queueOf(checkShort("reply address", address));
  if (key === "") throw new RpcError("BadRequest", "the reply address is empty");
  if (!key.startsWith(DIRECT)) return { key, direct: false };
  const token = DIRECT_TOKEN.exec(key)?.[1];
  if (token === undefined || !isProcessId(Buffer.from(token, "base64"))) {
    throw new RpcError("BadRequest", "the reply address is not a direct reply-to address that RabbitMQ made");
  }
  return { key, direct: true };
}

function queueOf(address: string): string {
  const first = address[0];
  if (first === "/") {
    // RabbitMQ: version 2 of its addresses is percent-encoded, version 1 is not.
    const v2 = /^\/queues\/([^/]+)$/.exec(address)?.[1];
    if (v2 !== undefined) return decoded(v2);
    return /^\/(?:amq\/)?queue\/(.+)$/.exec(address)?.[1] ?? address;
  }
  // Qpid Broker-J writes an address of the default exchange in this form.
  if (first === "d") return /^direct:\/\/\/\/\?routingkey='([^']+)'$/.exec(address)?.[1] ?? address;
  return address;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RpcError("BadRequest", "the reply address is not well percent-encoded");
  }
}

/**
 * Whether the bytes are an Erlang process id in external term format as RabbitMQ (since 3.9) makes them for direct
 * reply-to: 131, then 88 or 103 (pid), an atom `reply@<digits>` in UTF-8, and its numbers. RabbitMQ takes them apart
 * without a check: for anything else the process that serves our connection crashes ("541 INTERNAL_ERROR").
 */
function isProcessId(bytes: Buffer): boolean {
  const numbers = bytes[1] === 88 ? 12 : bytes[1] === 103 ? 9 : -1;
  if (bytes[0] !== 131 || numbers < 0) return false;
  const start = bytes[2] === 119 ? 4 : 5;
  if (bytes.length < start || (bytes[2] !== 119 && bytes[2] !== 118)) return false;
  const length = bytes[2] === 119 ? bytes.readUInt8(3) : bytes.readUInt16BE(3);
  const atom = bytes.toString("utf8", start, start + length);
  return bytes.length === start + length + numbers && /^[^@]+@\d{1,10}$/.test(atom);
}

/** The first pause without direct replies, longer than a reconnect takes; doubled while they go on to kill connections. */
const MIN_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 60_000;

/**
 * Holds direct replies back for a while after the broker crashed on one. A token can be well formed and still name a
 * node that is not there (any more): no check can tell, and RabbitMQ 3.10 closes the connection for it, with all that
 * is unconfirmed. Without a pause one bad request, delivered again and again, would do so for ever.
 */
export class DirectReplyBreaker {
  readonly #clock: Clock;
  #pauseMs = 0;
  #untilMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws {RpcError} Unavailable while none may be sent */
  check(): void {
    if (this.#pauseMs === 0 || this.#clock.now() >= this.#untilMs) return;
    const message =
      "replies to direct reply-to addresses are held back: the broker closed the connection over one";
    throw new RpcError("Unavailable", message, { executed: "no" });
  }

  /** The connection died of an internal error of the broker while a direct reply was unconfirmed. */
  trip(): void {
    const now = this.#clock.now();
    const quiet = now >= this.#untilMs + MAX_PAUSE_MS;
    this.#pauseMs = quiet || this.#pauseMs === 0 ? MIN_PAUSE_MS : Math.min(MAX_PAUSE_MS, this.#pauseMs * 2);
    this.#untilMs = now + this.#pauseMs;
  }
}
