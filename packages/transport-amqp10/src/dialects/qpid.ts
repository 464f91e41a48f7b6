import { type Clock, type HeaderValue, RpcError, type TransportFeatures } from "@porthos-rpc/protocol";
import type { Lanes, Terminus } from "../lane.js";
import type { Route } from "../mapping.js";
import type { Dialect, Purpose } from "./dialect.js";
import { DELETE_ON_CLOSE, QpidManagement } from "./qpid-management.js";
import { nodeOfReplyAddress } from "./reply-address.js";
import { TOPIC_EXCHANGE, topicKey } from "./topic-key.js";

/** A reply to an inbox that is gone may make a queue that nobody reads, where the broker is set up so. */
const REPLY_TTL_MS = 600_000;
/** What the names of dynamic nodes look like: an inbox that is gone. */
const SAMPLE_INBOX = "TempQueue00000000-0000-4000-8000-000000000000";
/** The broker's own nodes, and exchanges. */
const NOT_INBOXES = /^(?:\$|amq\.|qpid\.)|\//;

/** What its virtual host is set up to do; the worst where it does not say. */
interface VirtualHost {
  /** Whether sending to a name that nobody has creates a queue of that name. */
  readonly createsQueues: boolean;
  /** The same for the names of inboxes. */
  readonly createsInboxes: boolean;
  /** A virtual host that keeps its messages in memory closes the link over a durable one. */
  readonly takesDurable: boolean;
}

/** Qpid Broker-J: names and `exchange/routing key` as addresses, declarations over its management node. */
export async function qpid(lanes: Lanes, clock: Clock): Promise<Dialect> {
  const management = new QpidManagement(lanes, clock);
  const host = await readVirtualHost(management);
  return {
    name: "Qpid Broker-J",
    features: featuresOf(host),
    takesDurable: host.takesDurable,
    takesNested: false,
    replyTtlMs: REPLY_TTL_MS,
    // "rejected" would bring it back, and "released" without a mark.
    settlements: { accept: "accepted", release: "failed", reject: "accepted" },
    cancelBy: "drain",
    relay: () => ({}),
    route,
    isRedelivered: ({ deliveryCount }) => deliveryCount > 0,
    deliveryCountOf: ({ deliveryCount }) => deliveryCount,
    declareQueue: (queue) => declareQueue(management, queue),
    existingQueue: queueTerminus,
    openInbox: async () => ({
      source: { dynamic: true, lifetimePolicy: DELETE_ON_CLOSE, capabilities: ["temporary-queue"] },
      addressOf: ({ address }) => address,
    }),
    openTopic: async (topic) => ({ source: { address: topicAddress(topic) } }),
  };
}

function featuresOf({ createsQueues, createsInboxes }: VirtualHost): TransportFeatures {
  return {
    confirmedSends: true,
    unroutableSends: !createsQueues,
    unroutableReplies: !createsInboxes,
    expiry: true,
    typedHeaders: true,
    nestedHeaders: false,
    topics: true,
  };
}

function route(purpose: Purpose, address: string): Route {
  return { to: addressOf(purpose, address), subject: undefined };
}

function addressOf(purpose: Purpose, address: string): string {
  if (purpose === "inbox") return nodeOfReplyAddress(address, NOT_INBOXES);
  return purpose === "queue" ? checkQueue(address) : topicAddress(address);
}

function topicAddress(topic: string): string {
  return `${TOPIC_EXCHANGE}/${topicKey(topic)}`;
}

function queueTerminus(queue: string): Terminus {
  return { address: checkQueue(queue), capabilities: ["queue"] };
}

function checkQueue(queue: string): string {
  if (!queue.includes("/")) return queue;
  const text = `queue "${queue}": on Qpid Broker-J a "/" ends the name of an exchange, a queue's name cannot contain it`;
  throw new RpcError("Config", text, { executed: "no" });
}

/** A user who may not declare it may still consume it, if it is there: the attach will tell. */
async function declareQueue(management: QpidManagement, queue: string): Promise<Terminus> {
  checkQueue(queue);
  await management
    .request("CREATE", "Queue", { name: queue }, { name: queue, durable: true })
    .catch(() => {});
  return queueTerminus(queue);
}

async function readVirtualHost(management: QpidManagement): Promise<VirtualHost> {
  const answer = await management
    .request("READ", "VirtualHost", { index: "object-path", key: "" }, {})
    .catch(() => undefined);
  const body = answer?.status === 200 ? tableOf(answer.body) : undefined;
  if (body === undefined) return { createsQueues: true, createsInboxes: true, takesDurable: true };
  const { nodeAutoCreationPolicies: policies, type } = body;
  const patterns = (Array.isArray(policies) ? policies : []).flatMap(patternAtPublish);
  return {
    createsQueues: patterns.length > 0,
    createsInboxes: patterns.some((pattern) => matches(pattern, SAMPLE_INBOX)),
    takesDurable: !/memory/i.test(String(type)),
  };
}

function patternAtPublish(policy: HeaderValue): string[] {
  const { pattern, createdOnPublish } = tableOf(policy) ?? {};
  return typeof pattern === "string" && String(createdOnPublish) !== "false" ? [pattern] : [];
}

/** Java's patterns are close to ours; one that is not is taken to match. */
function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(name);
  } catch {
    return true;
  }
}

function tableOf(value: HeaderValue | undefined): Readonly<Record<string, HeaderValue>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return value instanceof Uint8Array || value instanceof Date
    ? undefined
    : (value as Readonly<Record<string, HeaderValue>>);
}
