import type { Clock } from "@porthos-rpc/protocol";
import type { CheckResult } from "./status.js";

/** Something that has to be well. Well unless it throws, rejects, gives `false`, or takes too long; then its signal is aborted. */
export type Check = (context: { readonly signal: AbortSignal }) => unknown;

/** A result is good for so long: a flood of probes runs no check more often. */
const KEPT_MS = 1_000;

/** What a checker tells of, once when a check begins to fail. */
export type ReportFailure = (name: string, error: unknown) => void;

/** Runs one check, in bounded time, one run at a time. */
export class Checker {
  readonly #name: string;
  readonly #check: Check;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #report: ReportFailure;
  #running: Promise<CheckResult> | undefined;
  #stopRun: () => void = () => {};
  #last: { readonly result: CheckResult; readonly atMs: number } | undefined;

  constructor(name: string, check: Check, timeoutMs: number, clock: Clock, report: ReportFailure) {
    this.#name = name;
    this.#check = check;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#report = report;
  }

  /** Resolves within the check's time; never rejects. */
  async result(): Promise<CheckResult> {
    const { result, atMs } = this.#last ?? { result: "ok", atMs: Number.NEGATIVE_INFINITY };
    // One that is late and goes on has not become better.
    if (this.#clock.now() - atMs < KEPT_MS || (result === "late" && this.#running !== undefined))
      return result;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Ends the run that goes on, if any. */
  stop(): void {
    this.#stopRun();
  }

  #run(): Promise<CheckResult> {
    const controller = new AbortController();
    return new Promise((resolve) => {
      const end = (result: CheckResult, error: unknown): void => {
        stopTimer();
        this.#stopRun = () => {};
        if (result === "late") controller.abort();
        this.#ended(result, error);
        resolve(result);
      };
      const late = new Error(`it took longer than ${this.#timeoutMs} ms`);
      const stopTimer = this.#clock.after(this.#timeoutMs, () => end("late", late));
      this.#stopRun = () => end("late", undefined);
      void this.#failure(controller.signal).then((error) => {
        this.#running = undefined;
        // What ends after its time says nothing of now: the next probe runs it anew.
        if (!controller.signal.aborted) end(error === undefined ? "ok" : "failed", error);
      });
    });
  }

  /** What is not well; undefined if nothing is. */
  async #failure(signal: AbortSignal): Promise<unknown> {
    try {
      return (await this.#check({ signal })) === false ? new Error("it gave false") : undefined;
    } catch (error) {
      return error ?? new Error("it threw nothing");
    }
  }

  #ended(result: CheckResult, error: unknown): void {
    const wasWell = (this.#last?.result ?? "ok") === "ok";
    this.#last = { result, atMs: this.#clock.now() };
    if (error !== undefined && wasWell) this.#report(this.#name, error);
  }
}
