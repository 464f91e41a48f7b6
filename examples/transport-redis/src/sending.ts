import { ACCEPTED, type Message, RpcError, type SendOutcome, UNROUTABLE } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";
import { encode } from "./mapping.js";
import { isInboxAddress, queueKey, topicChannel } from "./names.js";
import type { Settings } from "./options.js";
import { REPLY, SEND } from "./scripts.js";

/** Commands without an answer; sends beyond are refused. */
const MAX_UNFINISHED = 10_000;

/** One attempt to send. It writes before it returns, so that messages keep their order; what it throws is an outcome too. */
export type Attempt = (connection: Connection) => Promise<SendOutcome>;

export function toQueue(queue: string, message: Message, settings: Settings): Attempt {
  return async (connection) => {
    const key = queueKey(queue);
    const bytes = encodeFor(connection, message, settings);
    const max = settings.maxQueueLength;
    const answer = String(await connection.run(SEND, key, bytes, `${message.ttlMs ?? 0}`, `${max}`));
    if (answer === "full") throw new RpcError("Overloaded", `the queue ${queue} holds ${max} messages`);
    return answer === "accepted" ? ACCEPTED : UNROUTABLE;
  };
}

export function toInbox(address: string, message: Message, settings: Settings): Attempt {
  return async (connection) => {
    if (!isInboxAddress(address)) throw new RpcError("BadRequest", "this is no address of an inbox in Redis");
    const answer = await connection.run(REPLY, address, encodeFor(connection, message, settings));
    return String(answer) === "accepted" ? ACCEPTED : UNROUTABLE;
  };
}

export function toTopic(topic: string, message: Message, settings: Settings): Attempt {
  return async (connection) => {
    await connection.publish(topicChannel(topic), encodeFor(connection, message, settings));
    return ACCEPTED;
  };
}

function encodeFor({ unfinished }: Connection, message: Message, settings: Settings): Buffer {
  if (unfinished < MAX_UNFINISHED) return encode(message, settings.maxMessageBytes);
  throw new RpcError("Overloaded", `${unfinished} commands are waiting for an answer of Redis`);
}
