import { RpcError, type TransportFeatures } from "@porthos-rpc/protocol";
import type { Terminus } from "../lane.js";
import type { Route } from "../mapping.js";
import type { Dialect, Purpose } from "./dialect.js";
import { nodeOfReplyAddress } from "./reply-address.js";

const FEATURES: TransportFeatures = {
  confirmedSends: true,
  unroutableSends: false,
  unroutableReplies: false,
  expiry: false,
  typedHeaders: true,
  nestedHeaders: false,
  topics: false,
};

const REPLY_TTL_MS = 600_000;
const NO_TOPICS =
  "topics are not available on this broker: AMQP 1.0 does not say how, and it is not one we know";

/** A broker that we do not know: what the specification says, and names as addresses. */
export function plain(): Dialect {
  return {
    name: "AMQP 1.0",
    features: FEATURES,
    takesDurable: true,
    takesNested: false,
    replyTtlMs: REPLY_TTL_MS,
    settlements: { accept: "accepted", release: "released", reject: "rejected" },
    cancelBy: "drain",
    relay: () => ({}),
    route,
    isRedelivered: ({ deliveryCount }) => deliveryCount > 0,
    deliveryCountOf: ({ deliveryCount }) => deliveryCount,
    declareQueue: async (queue) => queueTerminus(queue),
    existingQueue: queueTerminus,
    openInbox: async () => ({
      source: { dynamic: true, capabilities: ["temporary-queue"] },
      addressOf: ({ address }) => address,
    }),
    openTopic: async () => {
      throw new RpcError("Config", NO_TOPICS, { executed: "no" });
    },
  };
}

function route(purpose: Purpose, address: string): Route {
  if (purpose === "topic") throw new RpcError("Config", NO_TOPICS, { executed: "no" });
  return { to: purpose === "inbox" ? nodeOfReplyAddress(address, /^[$/]/) : address, subject: undefined };
}

function queueTerminus(queue: string): Terminus {
  return { address: queue, capabilities: ["queue"] };
}
