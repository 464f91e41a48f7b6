import { randomUUID } from "node:crypto";
import type { Clock, TransportFeatures } from "@porthos-rpc/protocol";
import type { Lanes, Terminus } from "../lane.js";
import type { Route } from "../mapping.js";
import type { Dialect, InboxPlan, Purpose, TopicPlan } from "./dialect.js";
import { managementError, RabbitManagement } from "./rabbitmq-management.js";
import { queueOfReplyAddress } from "./reply-address.js";
import { TOPIC_EXCHANGE, topicKey } from "./topic-key.js";

export const RABBITMQ4_FEATURES: TransportFeatures = {
  confirmedSends: true,
  unroutableSends: true,
  unroutableReplies: true,
  expiry: true,
  typedHeaders: true,
  nestedHeaders: true,
  topics: true,
};

/** A durable queue without arguments: peers in other languages declare it so, and whoever differs is refused. */
const SERVICE_QUEUE = { durable: true, exclusive: false, auto_delete: false, arguments: {} };
const INBOX = "porthos.inbox";
/** Gone with the connection at the latest, and with its consumer. */
const OWN_QUEUE = { durable: false, exclusive: true, auto_delete: true, arguments: {} };

/**
 * RabbitMQ 4 speaks AMQP 1.0 natively: addresses of version 2, declarations over its management node. What an inbox
 * puts into `replyTo` is the bare name of its queue, which 0-9-1 peers can use as it is; RabbitMQ 4.0 would hand an
 * address on to them unchanged.
 */
export function rabbitmq4(lanes: Lanes, clock: Clock): Dialect {
  const management = new RabbitManagement(lanes, clock);
  return {
    name: "RabbitMQ 4",
    features: RABBITMQ4_FEATURES,
    takesDurable: true,
    takesNested: true,
    replyTtlMs: undefined,
    settlements: { accept: "accepted", release: "released", reject: "rejected" },
    cancelBy: "drain",
    relay: () => ({}),
    route,
    isRedelivered: ({ firstAcquirer, deliveryCount }) => firstAcquirer === false || deliveryCount > 0,
    // Only quorum queues count, and nothing that came back unharmed.
    deliveryCountOf: ({ deliveryCount }) => (deliveryCount > 0 ? deliveryCount : undefined),
    declareQueue: (queue) => declareQueue(management, queue),
    existingQueue: (queue) => ({ address: queueAddress(queue) }),
    openInbox: () => openInbox(management),
    lastingInbox: {
      open: async (expiryMs) => lasting(await openOwnQueue(management, INBOX, lastingQueue(expiryMs))),
      existing: (address) => lasting(ownQueue(management, address)),
    },
    openTopic: (topic) => openTopic(management, topic),
    renewCredentials: takesTokens(lanes.peer.version)
      ? (password) => renewCredentials(management, password)
      : undefined,
  };
}

function route(purpose: Purpose, address: string): Route {
  return { to: addressOf(purpose, address), subject: undefined };
}

function addressOf(purpose: Purpose, address: string): string {
  if (purpose === "queue") return queueAddress(address);
  if (purpose === "inbox") return queueAddress(queueOfReplyAddress(address));
  return `/exchanges/${TOPIC_EXCHANGE}/${encodeURIComponent(topicKey(address))}`;
}

function queueAddress(queue: string): string {
  return `/queues/${encodeURIComponent(queue)}`;
}

/** Since 4.1 a connection can be given a new token. */
function takesTokens(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 4 || (major === 4 && minor >= 1);
}

/** Refused, it ends the connection. */
async function renewCredentials(management: RabbitManagement, password: string): Promise<void> {
  const answer = await management.request("PUT", "/auth/tokens", new TextEncoder().encode(password));
  if (answer.status >= 300) throw managementError("a new token", answer);
}

async function declareQueue(management: RabbitManagement, queue: string): Promise<Terminus> {
  const answer = await management.request("PUT", queueAddress(queue), SERVICE_QUEUE);
  if (answer.status < 300) return { address: queueAddress(queue) };
  throw managementError(`queue "${queue}"`, answer);
}

/** Durable, since RabbitMQ is about to have no other queues that are not exclusive. */
function lastingQueue(expiryMs: number) {
  return { durable: true, exclusive: false, auto_delete: false, arguments: { "x-expires": expiryMs } };
}

function lasting({ queue, source, remove }: OwnQueue): InboxPlan {
  return { source, addressOf: () => queue, remove, keepsUnread: true };
}

/** An exclusive queue: direct reply-to would be cheaper, but loses replies under load. */
async function openInbox(management: RabbitManagement): Promise<InboxPlan> {
  const { queue, source, remove } = await openOwnQueue(management, INBOX, OWN_QUEUE);
  return { source, addressOf: () => queue, remove };
}

async function openTopic(management: RabbitManagement, topic: string): Promise<TopicPlan> {
  const { queue, source, remove } = await openOwnQueue(management, "porthos.subscription", OWN_QUEUE);
  const binding = {
    source: TOPIC_EXCHANGE,
    destination_queue: queue,
    binding_key: topicKey(topic),
    arguments: {},
  };
  try {
    const answer = await management.request("POST", "/bindings", binding);
    if (answer.status >= 300) throw managementError(`topic "${topic}"`, answer);
  } catch (cause) {
    void remove();
    throw cause;
  }
  return { source, remove };
}

interface OwnQueue {
  readonly queue: string;
  readonly source: Terminus;
  remove(): Promise<void>;
}

async function openOwnQueue(
  management: RabbitManagement,
  kind: string,
  shape: typeof OWN_QUEUE | ReturnType<typeof lastingQueue>,
): Promise<OwnQueue> {
  const queue = `${kind}.${randomUUID()}`;
  const answer = await management.request("PUT", queueAddress(queue), shape);
  if (answer.status >= 300) throw managementError(`queue "${queue}"`, answer);
  return ownQueue(management, queue);
}

function ownQueue(management: RabbitManagement, queue: string): OwnQueue {
  const address = queueAddress(queue);
  const remove = async (): Promise<void> => {
    // It goes with its consumer, but a moment later: whoever closed an inbox may rely on it being gone.
    await management.request("DELETE", address, null).catch(() => {});
  };
  return { queue, source: { address }, remove };
}
