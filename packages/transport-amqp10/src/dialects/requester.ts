import {
  type Clock,
  type HeaderValue,
  NO_HEADERS,
  type ReadonlyHeaders,
  RpcError,
} from "@porthos-rpc/protocol";
import { encodeMessage } from "../amqp-message.js";
import { encodeHeaders, writeValue } from "../header-encode.js";
import type { SendLane } from "../lane.js";
import type { Received } from "../mapping.js";

/** How long a broker's own node may take to answer. */
const ANSWER_MS = 10_000;

/** What is asked of a broker's own node. */
export interface NodeRequest {
  readonly to?: string;
  readonly subject?: string;
  readonly replyTo: string;
  readonly headers?: ReadonlyHeaders;
  readonly body: HeaderValue;
}

/** Asks a broker's own node over a pair of links, and finds out which answer belongs to what. */
export class Requester {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, (answer: Received | undefined) => void>();
  #lane: SendLane | undefined;
  #queue: Buffer[] = [];
  #asked = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sends over this lane from now on. */
  use(lane: SendLane): void {
    this.#lane = lane;
    this.onCredit();
  }

  /** @throws {RpcError} Unavailable when no answer comes */
  async ask({ to, subject, replyTo, headers = NO_HEADERS, body }: NodeRequest): Promise<Received> {
    const id = String(++this.#asked);
    const properties = {
      durable: false,
      ttlMs: undefined,
      to,
      subject,
      replyTo,
      messageId: id,
      correlationId: id,
      contentType: undefined,
      applicationProperties: encodeHeaders(headers),
    };
    this.#queue.push(encodeMessage(properties, (writer) => writeValue(writer, body, "request", 1)));
    const answer = await new Promise<Received | undefined>((resolve) => {
      const stopTimer = this.#clock.after(ANSWER_MS, () => settle(undefined));
      const settle = (received: Received | undefined): void => {
        stopTimer();
        this.#waiting.delete(id);
        resolve(received);
      };
      this.#waiting.set(id, settle);
      this.onCredit();
    });
    if (answer !== undefined) return answer;
    throw new RpcError("Unavailable", "the broker's management did not answer", { executed: "maybe" });
  }

  onCredit(): void {
    while (this.#lane?.canSend === true) {
      const request = this.#queue.shift();
      if (request === undefined) return;
      this.#lane.send(request);
    }
  }

  onAnswer(received: Received): void {
    const { correlationId } = received.message;
    if (correlationId !== undefined) this.#waiting.get(correlationId)?.(received);
  }

  /** No answers will come to what was asked. */
  lost(): void {
    this.#lane = undefined;
    this.#queue = [];
    for (const settle of [...this.#waiting.values()]) settle(undefined);
  }
}
