import {
  ACCEPTED,
  type Message,
  RpcError,
  type SendListener,
  type SendOutcome,
  systemClock,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { guarded, type Report, type Tenant, within } from "@porthos-rpc/protocol/driver";
import type { Link } from "./connection.js";
import { operationError } from "./errors.js";
import { encode } from "./mapping.js";

/** Sends without an outcome; those beyond are refused. */
const MAX_UNFINISHED = 10_000;
/** How long a stop waits for outcomes. */
const DRAIN_MS = 1_000;

export interface SendingOptions {
  readonly maxMessageBytes: number;
  readonly report: Report;
  onUp(): void;
  onDown(reason: RpcError): void;
  onReturned(address: string, message: Message): void;
}

/** What is sent: written to the connection that is up, or not at all. */
export class Sending implements Tenant<Link> {
  readonly #options: SendingOptions;
  readonly #unfinished = new Set<Promise<void>>();
  #link: Link | undefined;
  #isOver = false;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  linkUp(link: Link): void {
    this.#link = link;
    this.#options.onUp();
  }

  linkDown(reason: RpcError): void {
    this.#link = undefined;
    this.#options.onDown(reason);
  }

  linkFailed(): void {}

  drain(): Promise<void> {
    return within(systemClock, DRAIN_MS, this.settled());
  }

  async settled(): Promise<void> {
    await Promise.all(this.#unfinished);
  }

  /** What is sent from now on is refused. */
  end(): void {
    this.#isOver = true;
  }

  /** @param write writes before it returns, so that messages keep their order. What it throws becomes an outcome. */
  send(
    address: string,
    message: Message,
    listener: SendListener | undefined,
    write: (link: Link, bytes: Buffer) => Promise<unknown>,
  ): void {
    const told = this.#attempt(message, write).then((outcome) => {
      this.#unfinished.delete(told);
      this.#tell(address, message, outcome, listener);
    });
    this.#unfinished.add(told);
  }

  async #attempt(
    message: Message,
    write: (link: Link, bytes: Buffer) => Promise<unknown>,
  ): Promise<SendOutcome> {
    try {
      if (this.#isOver) throw new RpcError("Closed", "the transport redis is closed", { executed: "no" });
      if (this.#link === undefined) return UNSENT;
      if (this.#unfinished.size >= MAX_UNFINISHED)
        throw new RpcError("Overloaded", `${MAX_UNFINISHED} sends have no outcome yet`);
      const answer = String(await write(this.#link, encode(message, this.#options.maxMessageBytes)));
      if (answer === "full") throw new RpcError("Overloaded", "the queue is full");
      return answer === "unroutable" ? UNROUTABLE : ACCEPTED;
    } catch (cause) {
      const error = operationError("the message was not sent", cause);
      return { kind: error.executed === "no" ? "refused" : "unknown", error };
    }
  }

  #tell(address: string, message: Message, outcome: SendOutcome, listener: SendListener | undefined): void {
    const { report, onReturned } = this.#options;
    if (outcome.kind === "unroutable") onReturned(address, message);
    if (listener !== undefined) guarded(report, "the listener of a send", () => listener.onOutcome(outcome));
    else if (outcome.kind === "refused")
      report.degraded({ what: "a message was refused", reason: outcome.error });
  }
}
