import type { Message, RpcError } from "@porthos-rpc/protocol";
import type { InboxPlan, TopicPlan } from "./dialects/dialect.js";
import type { Lane, ReceiveLane } from "./lane.js";
import type { Link } from "./link.js";

/** Must not throw. */
export interface OwnQueueEvents {
  onMessage(message: Message): void;
  onUndecodable(reason: RpcError): void;
  /** It is gone although the connection is not. */
  onLost(cause: unknown): void;
}

/** A queue of our own on one connection, and the link that reads it. */
export interface OwnQueue extends Lane {
  /** What others may send to, where the plan says so. */
  readonly address: string;
}

/** Messages that the broker sends ahead of what we have accepted, where it has to be accepted. */
const CREDIT = 1_000;

/**
 * Opens the link to a queue of our own. Each message is settled as it is sent, since nobody else could use one that comes
 * back, unless it is to be kept for our next connection.
 * @throws {LinkFault}
 */
export async function openOwnQueue(
  link: Link,
  plan: InboxPlan | TopicPlan,
  events: OwnQueueEvents,
): Promise<OwnQueue> {
  const { settlements, cancelBy } = link.dialect;
  const isKept = "keepsUnread" in plan && plan.keepsUnread === true;
  let lane: ReceiveLane;
  try {
    lane = await link.lanes.openReceive(
      { source: plan.source, credit: isKept ? CREDIT : undefined, settlements, cancelBy },
      {
        onDelivery: (from, tag, { message }) => {
          events.onMessage(message);
          if (isKept) from.settle(tag, "accept");
        },
        onUndecodable: (reason) => events.onUndecodable(reason),
        onLost: (cause) => events.onLost(cause),
      },
    );
  } catch (cause) {
    // The next attempt makes another: without this each would leave one behind for as long as the connection lives.
    void plan.remove?.();
    throw cause;
  }
  return {
    address: "addressOf" in plan ? plan.addressOf(lane) : lane.address,
    close: async () => {
      await lane.close();
      await plan.remove?.();
    },
  };
}
