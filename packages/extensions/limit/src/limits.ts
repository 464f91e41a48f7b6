import type { Clock, MaybePromise, ResponseEnvelope } from "@porthos-rpc/protocol";
import { AdaptiveCeiling } from "./adaptive-ceiling.js";
import { Callers } from "./callers.js";
import { Gate, type Refused } from "./gate.js";
import { MethodGates } from "./method-gates.js";
import type { CheckedLimitOptions } from "./options.js";
import { Place } from "./place.js";

/** What there is to know of a call. */
export interface Comer {
  readonly method: string;
  /** Undefined: it is not known. */
  readonly caller: string | undefined;
  readonly ageMs: number | undefined;
  /** Whether it passes in any case, and only counts. */
  readonly passes: boolean;
}

/** All limits of one client or server. No timer: they are looked at when a call comes. */
export class Limits {
  readonly #clock: Clock;
  readonly #all: Gate | undefined;
  readonly #methods: MethodGates;
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
    this.#methods = new MethodGates(methods, nowMs);
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

  /**
   * Runs a call if it may run. Its place is left when the work ends, or before by who is given it.
   * @param refuse makes what is thrown if it may not
   */
  run(
    { method, caller, ageMs, passes }: Comer,
    work: (place: Place) => MaybePromise<ResponseEnvelope>,
    refuse: (refused: Refused) => Error,
  ): MaybePromise<ResponseEnvelope> {
    const nowMs = this.#clock.now();
    const all = this.#all;
    if (ageMs !== undefined) this.#ceiling?.observe(ageMs, all?.running ?? 0, nowMs);
    const ofMethod = this.#methods.of(method);
    const ofCaller = this.#callers?.of(caller, nowMs);
    const refused = all?.refusal(nowMs) ?? refusalOf(ofMethod, nowMs) ?? ofCaller?.refusal(nowMs);
    if (refused !== undefined && !passes) {
      this.#refused++;
      throw refuse(refused);
    }
    this.#passed++;
    return within(new Place(all, ofMethod, ofCaller, nowMs), work);
  }
}

function refusalOf(gates: readonly Gate[], nowMs: number): Refused | undefined {
  for (const gate of gates) {
    const refused = gate.refusal(nowMs);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

/** What the work comes to; the place is left when it has, at once if that is now. */
function within(
  place: Place,
  work: (place: Place) => MaybePromise<ResponseEnvelope>,
): MaybePromise<ResponseEnvelope> {
  let result: MaybePromise<ResponseEnvelope> | undefined;
  try {
    result = work(place);
    return result instanceof Promise ? result.finally(() => place.leave()) : result;
  } finally {
    if (!(result instanceof Promise)) place.leave();
  }
}
