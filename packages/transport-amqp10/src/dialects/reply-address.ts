import { RpcError } from "@porthos-rpc/protocol";
import { checkShort } from "../mapping.js";

/** The names of RabbitMQ's direct reply-to begin so: they name a channel of a 0-9-1 client, not a queue. */
const DIRECT = "amq.rabbitmq.reply-to";

/**
 * The queue behind a stranger's `replyTo` on RabbitMQ: its bare name, as 0-9-1 clients and this package write it, or
 * in an address of version 2 (`/queues/` and the percent-encoded name) or 1 (`/queue/`, `/amq/queue/`). Addresses of
 * exchanges are refused: they would make us publish where our caller may not.
 * @throws {RpcError} BadRequest
 */
export function queueOfReplyAddress(address: string): string {
  const text = checkPlain(address);
  if (text[0] !== "/") return text;
  const encoded = /^\/queues\/([^/]+)$/.exec(text)?.[1];
  const queue = encoded === undefined ? /^\/(?:amq\/)?queue\/(.+)$/.exec(text)?.[1] : decoded(encoded);
  if (queue === undefined) throw new RpcError("BadRequest", "the reply address is not that of a queue");
  return queue;
}

/** RabbitMQ 3 takes the names of direct reply-to apart without a check, and closes the connection if it cannot. */
export function refuseDirect(queue: string): string {
  if (!queue.startsWith(DIRECT)) return queue;
  throw new RpcError(
    "BadRequest",
    "replies to direct reply-to addresses cannot be sent over AMQP 1.0 on this broker",
  );
}

/**
 * A stranger's `replyTo` on a broker whose addresses are names.
 * @param forbidden what the address must not look like
 * @throws {RpcError} BadRequest
 */
export function nodeOfReplyAddress(address: string, forbidden: RegExp): string {
  const text = checkPlain(address);
  if (forbidden.test(text)) throw new RpcError("BadRequest", "the reply address is not that of an inbox");
  return text;
}

function checkPlain(address: string): string {
  const text = checkShort("reply address", address);
  if (text === "") throw new RpcError("BadRequest", "the reply address is empty");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new RpcError("BadRequest", "the reply address holds control characters");
  }
  return text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RpcError("BadRequest", "the reply address is not well percent-encoded");
  }
}
