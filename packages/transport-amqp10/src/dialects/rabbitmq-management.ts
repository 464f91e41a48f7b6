import { randomUUID } from "node:crypto";
import { type Clock, type HeaderValue, RpcError } from "@porthos-rpc/protocol";
import { type Lanes, LinkFault } from "../lane.js";
import { ANSWERS, type NodeEvents, type NodeLinks } from "./node-links.js";
import { Requester } from "./requester.js";

/** The node that takes HTTP-like requests over a link pair (RabbitMQ 4, "AMQP 1.0 management"). */
const NODE = "/management";
/** Link Pairing 1.0. */
const PAIRED = { paired: true };
/** What a request says of its answer's way: the other link of the pair. */
const SAME_PAIR = "$me";

export interface ManagementAnswer {
  /** HTTP's numbers. */
  readonly status: number;
  /** What the broker says about a refusal. */
  readonly text: string;
}

/** Declares and deletes on RabbitMQ 4, on the connection that is to own what is made. */
export class RabbitManagement {
  readonly #requester: Requester;

  constructor(lanes: Lanes, clock: Clock) {
    this.#requester = new Requester(lanes, clock, (events) => openPair(lanes, events));
  }

  /**
   * @param method as in HTTP
   * @throws {RpcError} Unavailable when the broker does not answer; Config when it may not be asked
   */
  async request(
    method: "PUT" | "POST" | "DELETE",
    path: string,
    body: HeaderValue,
  ): Promise<ManagementAnswer> {
    const { subject, value } = await this.#requester.ask({ to: path, subject: method, body });
    return { status: Number(subject), text: typeof value === "string" ? value : "" };
  }
}

/** Both links have the same name and the same session; the broker wants to see the sender first. */
async function openPair(lanes: Lanes, events: NodeEvents): Promise<NodeLinks> {
  const linkName = `porthos-management-${randomUUID()}`;
  const send = await lanes.openSend(
    { address: NODE, settled: true, name: linkName, properties: PAIRED },
    { onOutcome: () => {}, onCredit: () => events.onCredit(), onLost: (cause) => events.onLost(cause) },
  );
  // If this is refused, it takes their session along.
  const receive = await lanes.openReceive(
    { ...ANSWERS, source: { address: NODE }, pairedWith: send, linkName, properties: PAIRED },
    {
      onDelivery: (_lane, _tag, received) => events.onAnswer(received),
      onUndecodable: () => {},
      onLost: (cause) => events.onLost(cause),
    },
  );
  const close = (): void => {
    void send.close();
    void receive.close();
  };
  return { send, replyTo: SAME_PAIR, close };
}

/** What refused a request, for people. @throws never */
export function managementError(subject: string, { status, text }: ManagementAnswer): RpcError {
  const code = status >= 500 ? "Unavailable" : "Config";
  // RabbitMQ closes the link over a missing permission; should it answer, that is the same.
  const cause = status === 403 ? new LinkFault("amqp:unauthorized-access", text) : undefined;
  const message = `${subject}: ${text === "" ? `the broker answered ${status}` : text} (${status})`;
  return new RpcError(code, message, { executed: "no", cause });
}
