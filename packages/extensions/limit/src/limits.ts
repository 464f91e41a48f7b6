import type { Clock, MaybePromise, ResponseEnvelope } from "@porthos-rpc/protocol";
import { AdaptiveCeiling } from "./adaptive-ceiling.js";
import { Callers } from "./callers.js";
import { Gate, type Refused } from "./gate.js";
import type { CheckedLimitOptions } from "./options.js";

/** What there is to know of a call. */
export interface Comer {
  readonly method: string;
  /** Undefined: nobody in particular. */
  readonly caller: string | undefined;
  readonly ageMs: number | undefined;
  /** Whether it passes in any case, and only counts. */
  readonly passes: boolean;
}

/** All limits of one client or server. No timer: they are looked at when a call comes. */
export class Limits {
  readonly #clock: Clock;
  readonly #all: Gate | undefined;
  readonly #methods: ReadonlyMap<string, Gate>;
  readonly #callers: Callers | undefined;
  readonly #ceiling: AdaptiveCeiling | undefined;
  #passed = 0;
  #refused = 0;

  constructor({ all, methods, perCaller, maxCallers, adaptive }: CheckedLimitOptions, clock: Clock) {
    const nowMs = clock.now();
    this.#clock = clock;
    if (adaptive !== undefined && all?.concurrent !== undefined)
      this.#ceiling = new AdaptiveCeiling(adaptive.minConcurrent, all.concurrent, adaptive.targetAgeMs);
    this.#all = all && new Gate("of this service", all, nowMs, this.#ceiling);
    this.#methods = new Map(
      [...methods].map(([name, bounds]) => [name, new Gate("of this method", bounds, nowMs)]),
    );
    this.#callers = perCaller && new Callers(perCaller, maxCallers);
  }

  /** For `describe()`. */
  get counts(): Readonly<Record<string, number>> {
    return {
      passed: this.#passed,
      refused: this.#refused,
      ...(this.#all && { running: this.#all.running }),
      ...(this.#ceiling && { ceiling: this.#ceiling.value }),
      ...(this.#callers && { callers: this.#callers.size }),
    };
  }

  /** Runs a call if it may run. @param refuse makes what is thrown if it may not */
  run(
    { method, caller, ageMs, passes }: Comer,
    work: () => MaybePromise<ResponseEnvelope>,
    refuse: (refused: Refused) => Error,
  ): MaybePromise<ResponseEnvelope> {
    const nowMs = this.#clock.now();
    const all = this.#all;
    if (ageMs !== undefined) this.#ceiling?.observe(ageMs, all?.running ?? 0, nowMs);
    const ofMethod = this.#methods.get(method);
    const ofCaller = caller === undefined ? undefined : this.#callers?.of(caller, nowMs);
    const refused = all?.refusal(nowMs) ?? ofMethod?.refusal(nowMs) ?? ofCaller?.refusal(nowMs);
    if (refused !== undefined && !passes) {
      this.#refused++;
      throw refuse(refused);
    }
    this.#passed++;
    all?.enter(nowMs);
    ofMethod?.enter(nowMs);
    ofCaller?.enter(nowMs);
    return ending(work, () => {
      all?.leave();
      ofMethod?.leave();
      ofCaller?.leave();
    });
  }
}

/** What work comes to; `onEnd` when it has, at once if that is now. */
function ending(
  work: () => MaybePromise<ResponseEnvelope>,
  onEnd: () => void,
): MaybePromise<ResponseEnvelope> {
  let result: MaybePromise<ResponseEnvelope> | undefined;
  try {
    result = work();
    return result instanceof Promise ? result.finally(onEnd) : result;
  } finally {
    if (!(result instanceof Promise)) onEnd();
  }
}
