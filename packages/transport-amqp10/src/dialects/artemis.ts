import { RpcError, type TransportFeatures } from "@porthos-rpc/protocol";
import type { SendTarget, Terminus } from "../lane.js";
import type { Route } from "../mapping.js";
import type { Dialect, Purpose } from "./dialect.js";
import { nodeOfReplyAddress } from "./reply-address.js";
import { TOPIC_PREFIX } from "./topic-key.js";

const FEATURES: TransportFeatures = {
  confirmedSends: true,
  // It creates what is missing, at a send too; its operator can switch that off, a client cannot.
  unroutableSends: false,
  unroutableReplies: false,
  expiry: true,
  typedHeaders: true,
  nestedHeaders: true,
  topics: true,
};

/** A reply to an inbox that is gone makes a queue that nobody reads. */
const REPLY_TTL_MS = 600_000;
/** Without these capabilities an address that is created is a topic to one end and may be a queue to the other. */
const QUEUE = ["queue"];
const TOPIC = ["topic"];
/** The broker's own nodes, and the form that names a queue of another address. */
const NOT_INBOXES = /^(?:activemq\.|\$)|::/;

/** ActiveMQ Artemis: an address is a name, and creates itself. */
export function artemis(): Dialect {
  return {
    name: "ActiveMQ Artemis",
    features: FEATURES,
    takesDurable: true,
    takesNested: true,
    replyTtlMs: REPLY_TTL_MS,
    // A released message comes again without a mark. "modified" would mark it, and drop it after ten times.
    settlements: { accept: "accepted", release: "released", reject: "rejected" },
    cancelBy: "drain",
    relay,
    route,
    isRedelivered: ({ deliveryCount }) => deliveryCount > 0,
    deliveryCountOf: ({ deliveryCount }) => deliveryCount,
    declareQueue: async (queue) => queueTerminus(queue),
    existingQueue: queueTerminus,
    openInbox: async () => ({
      source: { dynamic: true, capabilities: ["temporary-queue"] },
      addressOf: ({ address }) => address,
    }),
    openTopic: async (topic) => ({ source: { address: topicAddress(topic), capabilities: TOPIC } }),
  };
}

function relay(purpose: Purpose): SendTarget {
  return { capabilities: purpose === "topic" ? TOPIC : QUEUE };
}

function route(purpose: Purpose, address: string): Route {
  if (purpose === "topic") return { to: topicAddress(address), subject: undefined };
  const to = purpose === "inbox" ? nodeOfReplyAddress(address, NOT_INBOXES) : checkQueue(address);
  return { to, subject: undefined };
}

function queueTerminus(queue: string): Terminus {
  return { address: checkQueue(queue), capabilities: QUEUE };
}

/** What follows a `?` is taken for settings of the queue by one end, and for a part of its name by the other. */
function checkQueue(queue: string): string {
  if (!queue.includes("?")) return queue;
  throw new RpcError("Config", `queue "${queue}": on Artemis a name cannot contain "?"`, { executed: "no" });
}

/** `.` separates words in an address, and `*` and `#` stand for any: in a topic they are to be letters. */
function topicAddress(topic: string): string {
  const encoded = encodeURIComponent(topic).replace(
    /[.*!'()~]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return TOPIC_PREFIX + encoded;
}
