import { randomUUID } from "node:crypto";
import { type Clock, type HeaderValue, RpcError } from "@porthos-rpc/protocol";
import { linkError } from "../errors.js";
import type { Lanes, Settlements } from "../lane.js";
import type { Received } from "../mapping.js";
import { Requester } from "./requester.js";

/** The node that takes HTTP-like requests over a link pair (RabbitMQ 4, "AMQP 1.0 management"). */
const NODE = "/management";
/** Link Pairing 1.0. */
const PAIRED = { paired: true };
const SETTLEMENTS: Settlements = { accept: "accepted", release: "released", reject: "rejected" };

export interface ManagementAnswer {
  /** HTTP's numbers. */
  readonly status: number;
  /** What the broker says about a refusal. */
  readonly text: string;
}

/** Declares and deletes on RabbitMQ 4, on the connection that is to own what is made. Opens its links when needed. */
export class RabbitManagement {
  readonly #lanes: Lanes;
  readonly #requester: Requester;
  #opening: Promise<void> | undefined;

  constructor(lanes: Lanes, clock: Clock) {
    this.#lanes = lanes;
    const requester = new Requester(clock);
    this.#requester = requester;
    lanes.whenGone(() => requester.lost());
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
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (cause) {
      this.#opening = undefined;
      throw linkError(cause, { subject: "the broker's management" });
    }
    const answer = await this.#requester.ask({ to: path, subject: method, replyTo: "$me", body });
    return { status: Number(answer.subject), text: typeof answer.value === "string" ? answer.value : "" };
  }

  /** Both links have the same name and the same session; the broker wants to see the sender first. */
  async #open(): Promise<void> {
    const name = `porthos-management-${randomUUID()}`;
    const requester = this.#requester;
    const lost = (): void => {
      this.#opening = undefined;
      requester.lost();
    };
    const send = await this.#lanes.openSend(
      { address: NODE, settled: true, name, properties: PAIRED },
      { onOutcome: () => {}, onCredit: () => requester.onCredit(), onLost: lost },
    );
    await this.#lanes.openReceive(
      {
        source: { address: NODE },
        credit: undefined,
        settlements: SETTLEMENTS,
        cancelBy: "drain",
        values: true,
        pairedWith: send,
        linkName: name,
        properties: PAIRED,
      },
      {
        onDelivery: (_lane: unknown, _tag: number, received: Received) => requester.onAnswer(received),
        onUndecodable: () => {},
        onLost: lost,
      },
    );
    requester.use(send);
  }
}

/** What refused a request, for people. @throws never */
export function managementError(subject: string, { status, text }: ManagementAnswer): RpcError {
  const code = status >= 500 ? "Unavailable" : "Config";
  return new RpcError(
    code,
    `${subject}: ${text === "" ? `the broker answered ${status}` : text} (${status})`,
    {
      executed: "no",
    },
  );
}
