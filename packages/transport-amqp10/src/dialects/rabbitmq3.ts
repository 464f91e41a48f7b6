import { randomUUID } from "node:crypto";
import { RpcError, type TransportFeatures } from "@porthos-rpc/protocol";
import type { Lanes } from "../lane.js";
import type { Route } from "../mapping.js";
import type { Dialect, Purpose } from "./dialect.js";
import { queueOfReplyAddress, refuseDirect } from "./reply-address.js";

const FEATURES: TransportFeatures = {
  confirmedSends: true,
  // "accepted" for what nobody has, too.
  unroutableSends: false,
  unroutableReplies: false,
  expiry: true,
  // Between 1.0 peers. On the way to and from 0-9-1 peers the plugin drops all headers.
  typedHeaders: true,
  nestedHeaders: true,
  // A subscription's queue could not be made to go away, and would gather messages for ever.
  topics: false,
};

/** The inboxes' queues stay on the broker (see below): what nobody fetched must not stay as long. */
const REPLY_TTL_MS = 600_000;
const INBOX_PREFIX = "reply.";
/** Takes messages for any queue, by their subject. */
const RELAY = "/queue";

/**
 * RabbitMQ 3 with its plugin rabbitmq_amqp1_0: addresses of version 1. `/queue/x` declares x durable or not, as the
 * terminus says, but never exclusive nor auto-delete. So inboxes leave an empty queue named `reply.<uuid>` behind;
 * an operator can have them removed: `rabbitmqctl set_policy porthos-replies '^reply\.' '{"expires":600000}'
 * --apply-to queues`.
 */
export function rabbitmq3(): Dialect {
  return {
    name: "RabbitMQ 3",
    features: FEATURES,
    takesDurable: true,
    takesNested: true,
    replyTtlMs: REPLY_TTL_MS,
    // "modified" would end the session.
    settlements: { accept: "accepted", release: "released", reject: "rejected" },
    // Its answer to a drain is malformed; what is unsettled stays with the session, not with the link.
    cancelBy: "detach",
    relay: () => ({ address: RELAY }),
    route,
    isRedelivered: ({ firstAcquirer }) => firstAcquirer === false,
    deliveryCountOf: () => undefined,
    declareQueue: async (queue) => ({ address: `/queue/${escaped(queue)}`, durable: 2 }),
    existingQueue: (queue) => ({ address: `/amq/queue/${escaped(queue)}` }),
    openInbox: async () => {
      const address = `/queue/${INBOX_PREFIX}${randomUUID()}`;
      return { source: { address, durable: 0 }, addressOf: () => address };
    },
    openTopic: async () => {
      throw new RpcError("Config", "topics are not available over AMQP 1.0 on RabbitMQ 3", {
        executed: "no",
      });
    },
  };
}

/**
 * It looks at the virtual host when the first session begins, and closes the connection over one that does not exist:
 * better before the connection counts as made than over and over after that.
 * @throws what refused it
 */
export async function tryVirtualHost(lanes: Lanes): Promise<void> {
  const lane = await lanes.openSend(
    { address: RELAY },
    { onOutcome: () => {}, onCredit: () => {}, onLost: () => {} },
  );
  await lane.close();
}

/** In an address only `%2F` is an escape, nothing stands for itself, and what is not ASCII is garbled. */
function escaped(queue: string): string {
  if (!queue.includes("%2F") && /^[ -~]*$/.test(queue)) return queue.replaceAll("/", "%2F");
  const text = `queue "${queue}": over AMQP 1.0 on RabbitMQ 3 a name must be ASCII and cannot contain "%2F"`;
  throw new RpcError("Config", text, { executed: "no" });
}

/** On the link to `/queue` the subject is the queue's name. */
function route(purpose: Purpose, address: string): Route {
  if (purpose === "queue") {
    escaped(address);
    return { to: undefined, subject: address };
  }
  if (purpose === "inbox") return { to: undefined, subject: refuseDirect(queueOfReplyAddress(address)) };
  throw new RpcError("Config", "topics are not available over AMQP 1.0 on RabbitMQ 3", { executed: "no" });
}
