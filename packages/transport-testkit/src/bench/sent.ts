import type { SendListener, SendOutcome } from "@porthos-rpc/protocol";
import { until } from "./waits.js";

const OUTCOMES = ["accepted", "unroutable", "refused", "unsent", "unknown"];

/** One send and what was told of it. */
export class Sent implements SendListener {
  /** More than one is a broken promise, which the bench finds at the end of every case. */
  readonly outcomes: SendOutcome[] = [];
  readonly #what: string;
  readonly #waitMs: number;

  constructor(what: string, waitMs: number) {
    this.#what = what;
    this.#waitMs = waitMs;
  }

  onOutcome(outcome: SendOutcome): void {
    this.outcomes.push(outcome);
  }

  async outcome(ms: number = this.#waitMs): Promise<SendOutcome> {
    await until(ms, `the outcome of ${this.#what}`, () => this.outcomes.length > 0);
    return this.outcomes[0] as SendOutcome;
  }

  /** The outcome's kind: what most cases are about. */
  async kind(ms?: number): Promise<SendOutcome["kind"]> {
    return (await this.outcome(ms)).kind;
  }

  /** What is wrong with what was told so far; undefined if it was told once, and something that exists. */
  fault(): string | undefined {
    const kinds = this.outcomes.map((each) => each?.kind);
    if (kinds.length !== 1)
      return `${this.#what}: told ${kinds.length} outcomes (${kinds.join(", ")}) instead of 1`;
    if (!OUTCOMES.includes(kinds[0] as string))
      return `${this.#what}: told an outcome that does not exist: ${kinds[0]}`;
    return undefined;
  }
}
