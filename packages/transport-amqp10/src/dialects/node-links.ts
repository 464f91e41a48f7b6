import type { Lanes, ReceiveLaneOptions, SendLane, SendTarget, Terminus } from "../lane.js";
import type { Received } from "../mapping.js";

/** The two links over which a broker's own node is asked. */
export interface NodeLinks {
  readonly send: SendLane;
  /** What a request says of where its answer is to go. */
  readonly replyTo: string;
  close(): void;
}

/** Must not throw. */
export interface NodeEvents {
  onAnswer(received: Received): void;
  onCredit(): void;
  /** One of the links was closed, by the broker if there is a cause. */
  onLost(cause: unknown): void;
}

/** How answers are received: each is settled as it is sent. */
export const ANSWERS: Omit<ReceiveLaneOptions, "source"> = {
  credit: undefined,
  settlements: { accept: "accepted", release: "released", reject: "rejected" },
  cancelBy: "drain",
  values: true,
};

/**
 * A link to a node, and one from a queue that the broker makes for the answers.
 * @throws {LinkFault} and leaves neither open
 */
export async function openNodeLinks(
  lanes: Lanes,
  node: SendTarget,
  answers: Terminus,
  events: NodeEvents,
): Promise<NodeLinks> {
  const receive = await lanes.openReceive(
    { ...ANSWERS, source: { ...answers, dynamic: true } },
    {
      onDelivery: (_lane, _tag, received) => events.onAnswer(received),
      onUndecodable: () => {},
      onLost: (cause) => events.onLost(cause),
    },
  );
  try {
    const send = await lanes.openSend(
      { ...node, settled: true },
      { onOutcome: () => {}, onCredit: () => events.onCredit(), onLost: (cause) => events.onLost(cause) },
    );
    const close = (): void => {
      void send.close();
      void receive.close();
    };
    return { send, replyTo: receive.address, close };
  } catch (cause) {
    void receive.close();
    throw cause;
  }
}
