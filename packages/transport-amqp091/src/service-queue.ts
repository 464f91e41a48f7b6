import type { RpcError } from "@porthos-rpc/protocol";
import { channelError, REPLY_CODE } from "./errors.js";
import type { Link } from "./link.js";
import type { QueueMode } from "./options.js";

const ADVICE: Readonly<Record<number, string>> = {
  [REPLY_CODE.preconditionFailed]:
    'it exists in another shape than Porthos gives its queues (durable, no arguments); delete it, or use queueMode: "passive"',
  [REPLY_CODE.notFound]: 'declare it on the broker, or use queueMode: "declare"',
  [REPLY_CODE.resourceLocked]: "another connection has it for itself",
};

/** What goes wrong with a service's queue, in the broker's words and ours. */
export function queueError(queue: string, cause: unknown): RpcError {
  return channelError(cause, { subject: `queue "${queue}"`, advice: ADVICE });
}

/**
 * Makes sure that the queue is there. Declared durable and without any argument: peers in other languages declare
 * it so, and the broker refuses whoever declares it differently (docs/wire.md).
 * @returns why it could only be looked for, where the user may not declare it; else undefined
 * @throws {RpcError} Config
 */
export async function ensureQueue(link: Link, queue: string, mode: QueueMode): Promise<RpcError | undefined> {
  link.lanes.checkQueueName(queue);
  let fallback: RpcError | undefined;
  if (mode === "declare") {
    try {
      await link.withChannel((channel) => channel.assertQueue(queue, { durable: true }));
      return undefined;
    } catch (cause) {
      const error = queueError(queue, cause);
      if (!/ACCESS_REFUSED/.test(error.message)) throw error;
      // Somebody else may have declared it: then it may still be consumed.
      fallback = error;
    }
  }
  try {
    await link.withChannel((channel) => channel.checkQueue(queue));
    return fallback;
  } catch (cause) {
    throw fallback ?? queueError(queue, cause);
  }
}
