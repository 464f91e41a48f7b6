import {
  type Clock,
  type Executed,
  type HeaderValue,
  NO_HEADERS,
  type ReadonlyHeaders,
  RpcError,
} from "@porthos-rpc/protocol";
import { encodeMessage } from "../amqp-message.js";
import { linkError } from "../errors.js";
import { encodeHeaders, writeValue } from "../header-encode.js";
import { type Lanes, LinkFault } from "../lane.js";
import type { Received } from "../mapping.js";
import type { NodeEvents, NodeLinks } from "./node-links.js";

/** How long a broker's own node may take to answer. */
const ANSWER_MS = 10_000;
const SUBJECT = "the broker's management";

/** What is asked of a broker's own node. */
export interface NodeRequest {
  readonly to?: string;
  readonly subject?: string;
  readonly headers?: ReadonlyHeaders;
  readonly body: HeaderValue;
}

/** Asks a broker's own node, over links that are opened when needed, and finds out which answer belongs to what. */
export class Requester {
  readonly #clock: Clock;
  readonly #open: (events: NodeEvents) => Promise<NodeLinks>;
  /** In the order in which they were asked, which is the one in which they are answered. */
  readonly #waiting = new Map<string, (answer: Received | RpcError) => void>();
  #opening: Promise<NodeLinks> | undefined;
  /** Those that are open. */
  #links: NodeLinks | undefined;
  #queue: Buffer[] = [];
  #asked = 0;

  constructor(lanes: Lanes, clock: Clock, open: (events: NodeEvents) => Promise<NodeLinks>) {
    this.#clock = clock;
    this.#open = open;
    lanes.whenGone(() => this.#forget(undefined));
  }

  /** @throws {RpcError} Unavailable when no answer comes; Config when the node may not be asked */
  async ask({ to, subject, headers = NO_HEADERS, body }: NodeRequest): Promise<Received> {
    const { replyTo } = await this.#opened();
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
    const answer = await new Promise<Received | RpcError>((resolve) => {
      const stopTimer = this.#clock.after(ANSWER_MS, () => settle(noAnswer("maybe")));
      const settle = (received: Received | RpcError): void => {
        stopTimer();
        this.#waiting.delete(id);
        resolve(received);
      };
      this.#waiting.set(id, settle);
      this.#onCredit();
    });
    if (answer instanceof RpcError) throw answer;
    return answer;
  }

  async #opened(): Promise<NodeLinks> {
    this.#opening ??= this.#begin();
    const opening = this.#opening;
    let links: NodeLinks;
    try {
      links = await opening;
    } catch (cause) {
      if (this.#opening === opening) this.#opening = undefined;
      throw linkError(cause, { subject: SUBJECT });
    }
    // Else it was lost meanwhile, and nothing would answer.
    if (this.#links === links) return links;
    throw noAnswer("no");
  }

  async #begin(): Promise<NodeLinks> {
    let isLost = false;
    let links: NodeLinks | undefined;
    links = await this.#open({
      onAnswer: (received) => this.#onAnswer(received),
      onCredit: () => this.#onCredit(),
      onLost: (cause) => {
        isLost = true;
        // One goes with the other; what is told of links that are not these any more concerns nobody.
        if (links === undefined || links !== this.#links) return;
        this.#forget(cause);
        links.close();
      },
    });
    if (isLost) {
      links.close();
      throw new LinkFault(undefined, "the broker closed the link");
    }
    this.#links = links;
    return links;
  }

  #onCredit(): void {
    while (this.#links?.send.canSend === true) {
      const request = this.#queue.shift();
      if (request === undefined) return;
      this.#links.send.send(request);
    }
  }

  #onAnswer(received: Received): void {
    const { correlationId } = received.message;
    if (correlationId !== undefined) this.#waiting.get(correlationId)?.(received);
  }

  /**
   * No answers will come to what was asked. Brokers close the link over a request that its user may not make: that was the
   * first of those that have no answer yet.
   */
  #forget(cause: unknown): void {
    this.#links = undefined;
    this.#opening = undefined;
    this.#queue = [];
    const refusal = cause instanceof LinkFault ? linkError(cause, { subject: SUBJECT }) : undefined;
    let culprit = refusal?.code === "Config" ? refusal : undefined;
    for (const settle of [...this.#waiting.values()]) {
      settle(culprit ?? noAnswer("maybe"));
      culprit = undefined;
    }
  }
}

function noAnswer(executed: Executed): RpcError {
  return new RpcError("Unavailable", `${SUBJECT} did not answer`, { executed });
}
