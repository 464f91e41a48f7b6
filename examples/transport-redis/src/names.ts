import { randomUUID } from "node:crypto";
import { RpcError } from "@porthos-rpc/protocol";

/** Longer names do not fit into the reply address of other carriers; what works here shall work there. */
const MAX_NAME_BYTES = 255;

/** The key of a queue's stream, and the channel on which its consumers hear that there is something in it. */
export function queueKey(queue: string): string {
  return `porthos:queue:${checkName("queue", queue)}`;
}

/** The channel of a topic. */
export function topicChannel(topic: string): string {
  return `porthos:topic:${checkName("topic", topic)}`;
}

/** An inbox's address is its channel. Whoever was not given it cannot guess it. */
export function newInboxAddress(): string {
  return `porthos:inbox:${randomUUID()}`;
}

/** A stranger's address must not reach any other channel. */
export function isInboxAddress(address: unknown): boolean {
  return typeof address === "string" && /^porthos:inbox:[0-9a-f-]{36}$/.test(address);
}

function checkName(kind: string, name: unknown): string {
  if (typeof name === "string" && name !== "" && Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  throw new RpcError("BadRequest", `the ${kind}'s name must be a text of 1 to ${MAX_NAME_BYTES} bytes`);
}
