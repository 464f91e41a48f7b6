import type { Clock, HeaderValue } from "@porthos-rpc/protocol";
import { linkError } from "../errors.js";
import type { Lanes, ReceiveLane, SendLane, Settlements } from "../lane.js";
import { Requester } from "./requester.js";

const NODE = "$management";
const SETTLEMENTS: Settlements = { accept: "accepted", release: "released", reject: "rejected" };
/** delete-on-close: the node goes with the link that made it (part 3, 3.5.10). */
export const DELETE_ON_CLOSE = 0x2b;

export interface QpidAnswer {
  /** HTTP's numbers. */
  readonly status: number;
  readonly body: HeaderValue | undefined;
}

/** Asks Qpid Broker-J's management node (the draft "AMQP Management 1.0"). Opens its links when needed. */
export class QpidManagement {
  readonly #lanes: Lanes;
  readonly #requester: Requester;
  #opening: Promise<string> | undefined;

  constructor(lanes: Lanes, clock: Clock) {
    this.#lanes = lanes;
    const requester = new Requester(clock);
    this.#requester = requester;
    lanes.whenGone(() => requester.lost());
  }

  /** @throws {RpcError} Unavailable when the broker does not answer; Config when it may not be asked */
  async request(
    operation: "CREATE" | "READ" | "DELETE",
    type: "Queue" | "VirtualHost",
    fields: Readonly<Record<string, string>>,
    body: HeaderValue,
  ): Promise<QpidAnswer> {
    this.#opening ??= this.#open();
    let replyTo: string;
    try {
      replyTo = await this.#opening;
    } catch (cause) {
      this.#opening = undefined;
      throw linkError(cause, { subject: "the broker's management" });
    }
    const entries = Object.entries({ operation, type: `org.apache.qpid.${type}`, ...fields });
    const answer = await this.#requester.ask({ replyTo, headers: new Map(entries), body });
    return { status: Number(answer.message.headers.get("statusCode")), body: answer.value };
  }

  /** @returns where the answers are to go */
  async #open(): Promise<string> {
    const requester = this.#requester;
    const lost = (): void => {
      this.#opening = undefined;
      requester.lost();
    };
    const receive: ReceiveLane = await this.#lanes.openReceive(
      {
        source: { dynamic: true, lifetimePolicy: DELETE_ON_CLOSE },
        credit: undefined,
        settlements: SETTLEMENTS,
        cancelBy: "drain",
        values: true,
      },
      {
        onDelivery: (_lane, _tag, received) => requester.onAnswer(received),
        onUndecodable: () => {},
        onLost: lost,
      },
    );
    const send: SendLane = await this.#lanes.openSend(
      { address: NODE, settled: true },
      { onOutcome: () => {}, onCredit: () => requester.onCredit(), onLost: lost },
    );
    requester.use(send);
    return receive.address;
  }
}
