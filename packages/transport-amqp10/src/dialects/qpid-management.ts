import type { Clock, HeaderValue } from "@porthos-rpc/protocol";
import type { Lanes } from "../lane.js";
import { openNodeLinks } from "./node-links.js";
import { Requester } from "./requester.js";

const NODE = "$management";
/** delete-on-close: the node goes with the link that made it (part 3, 3.5.10). */
export const DELETE_ON_CLOSE = 0x2b;

export interface QpidAnswer {
  /** HTTP's numbers. */
  readonly status: number;
  readonly body: HeaderValue | undefined;
}

/** Asks Qpid Broker-J's management node (the draft "AMQP Management 1.0"). */
export class QpidManagement {
  readonly #requester: Requester;

  constructor(lanes: Lanes, clock: Clock) {
    this.#requester = new Requester(lanes, clock, (events) =>
      openNodeLinks(lanes, { address: NODE }, { lifetimePolicy: DELETE_ON_CLOSE }, events),
    );
  }

  /** @throws {RpcError} Unavailable when the broker does not answer; Config when it may not be asked */
  async request(
    operation: "CREATE" | "READ" | "DELETE",
    type: "Queue" | "VirtualHost",
    fields: Readonly<Record<string, string>>,
    body: HeaderValue,
  ): Promise<QpidAnswer> {
    const entries = Object.entries({ operation, type: `org.apache.qpid.${type}`, ...fields });
    const { message, value } = await this.#requester.ask({ headers: new Map(entries), body });
    return { status: Number(message.headers.get("statusCode")), body: value };
  }
}
