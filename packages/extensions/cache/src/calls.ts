import {
  DeadlineWheel,
  type ExtensionHost,
  HANDLER_STUCK,
  MAX_DURATION_MS,
  type MaybePromise,
  type MethodScope,
  onAbort,
  type ResponseEnvelope,
  RpcError,
  saidOfOneRun,
  TimeBox,
} from "@porthos-rpc/protocol";
import { copyOf } from "./answer-copy.js";
import { Answers, type AnswersSettings } from "./answers.js";
import { type CachedCall, isClientCall } from "./cached-call.js";
import { callKey, type KeySettings } from "./call-key.js";
import { Flight, type Landing } from "./flight.js";
import { freshForMs } from "./freshness.js";
import { gaveUp, sharedError, tooLate } from "./own-end.js";

export interface CallsSettings extends AnswersSettings, KeySettings {
  readonly ttlMs: number;
  /** Undefined: all. */
  readonly methods: MethodScope | undefined;
}

type Next = (call: CachedCall) => MaybePromise<ResponseEnvelope>;

/** Ends of a wait for somebody else's call. */
const LATE = "late";
const GIVEN_UP = "given up";

/** The calls of one client or server: answered from what is kept, joined to one that is under way, or made. */
export class Calls {
  readonly #host: ExtensionHost;
  readonly #settings: CallsSettings;
  readonly #answers: Answers;
  readonly #flights = new Map<string, Flight>();
  readonly #wheel: DeadlineWheel;
  readonly #counts = { hits: 0, misses: 0, joined: 0, uncacheable: 0 };

  constructor(host: ExtensionHost, settings: CallsSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#answers = new Answers(host.clock, settings);
    this.#wheel = new DeadlineWheel(host.clock);
  }

  get counts(): Readonly<Record<string, number>> {
    return { ...this.#counts, entries: this.#answers.entries, bytes: this.#answers.bytes };
  }

  run(call: CachedCall, next: Next): MaybePromise<ResponseEnvelope> {
    if (!this.#isCached(call)) return next(call);
    const key = callKey(call, this.#settings);
    if (key === undefined) {
      this.#counts.uncacheable++;
      return next(call);
    }
    const kept = this.#answers.get(key);
    if (kept !== undefined) {
      this.#counts.hits++;
      return copyOf(kept);
    }
    const flight = this.#flights.get(key);
    return flight === undefined ? this.#lead(call, next, key) : this.#follow(call, next, key, flight);
  }

  stop(): void {
    this.#answers.clear();
  }

  #isCached(call: CachedCall): boolean {
    if (call.kind !== "call" || (isClientCall(call) && !call.idempotent)) return false;
    return this.#settings.methods?.has(call.method) ?? true;
  }

  async #lead(call: CachedCall, next: Next, key: string): Promise<ResponseEnvelope> {
    this.#counts.misses++;
    const flight = new Flight(call);
    this.#flights.set(key, flight);
    try {
      const response = await next(call);
      // What is answered to somebody who has given up is nobody else's.
      if (!flight.isOver)
        flight.land(call.signal?.aborted === true ? GONE : this.#landing(key, flight, response));
      return response;
    } catch (error) {
      flight.land(isOfItsCaller(call, error) ? GONE : { kind: "error", error });
      throw error;
    } finally {
      this.#leave(key, flight);
    }
  }

  /** Keeps the answer, and makes of it what the others get. */
  #landing(key: string, flight: Flight, response: ResponseEnvelope): Landing {
    const { ttlMs, vary, maxBodyBytes } = this.#settings;
    const isShared = this.#host.side === "server";
    const saidMs = freshForMs(response, { ttlMs, vary, isShared });
    if (saidMs === undefined) return OWN;
    const forMs = response.body.length <= maxBodyBytes ? saidMs : 0;
    if (forMs === 0 && !flight.isJoined) return GONE;
    const copy = copyOf(response);
    if (forMs > 0) this.#answers.set(key, copy, forMs);
    // What such an answer says is said of one run only.
    const { wasSentBefore } = response as { readonly wasSentBefore?: boolean };
    return { kind: "answer", response: wasSentBefore === true ? saidOfOneRun(copy) : copy };
  }

  async #follow(call: CachedCall, next: Next, key: string, first: Flight): Promise<ResponseEnvelope> {
    this.#counts.joined++;
    const dueMs = this.#dueMs(call);
    for (let flight: Flight | undefined = first; flight !== undefined; flight = this.#flights.get(key)) {
      if (flight.join()) this.#watch(key, flight);
      const end = await this.#landed(call, dueMs, flight);
      if (end === LATE) throw tooLate(call);
      if (end === GIVEN_UP) throw gaveUp(call);
      if (end.kind === "answer") return copyOf(end.response);
      if (end.kind === "error") throw sharedError(end.error);
      // Not one after the other: the next answer would be its caller's only, too.
      if (end.kind === "own") return this.#alone(this.#shortened(call, dueMs), next);
    }
    return this.#lead(this.#shortened(call, dueMs), next, key);
  }

  /** Nobody joins it, and its answer is not kept. */
  #alone(call: CachedCall, next: Next): MaybePromise<ResponseEnvelope> {
    this.#counts.misses++;
    return next(call);
  }

  /** A handler may go on for long after its caller has given up: the others do not wait for it. */
  #watch(key: string, flight: Flight): void {
    const { signal } = flight.call;
    if (signal === undefined) return;
    const leave = (): void => {
      this.#leave(key, flight);
      flight.land(GONE);
    };
    const stop = onAbort(signal, leave);
    void flight.landed.then(stop);
    if (signal.aborted) leave();
  }

  async #landed(
    call: CachedCall,
    dueMs: number,
    flight: Flight,
  ): Promise<Landing | typeof LATE | typeof GIVEN_UP> {
    const box = new TimeBox<Landing, typeof LATE | typeof GIVEN_UP>(this.#wheel, dueMs, flight.landed, LATE);
    const { signal } = call;
    if (signal?.aborted === true) box.end(GIVEN_UP);
    const stop = signal === undefined ? undefined : onAbort(signal, () => box.end(GIVEN_UP));
    try {
      return await box.result;
    } finally {
      stop?.();
    }
  }

  #leave(key: string, flight: Flight): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }

  #dueMs(call: CachedCall): number {
    const nowMs = this.#host.clock.now();
    if (isClientCall(call)) return nowMs + call.timeoutMs;
    return call.deadlineMs ?? nowMs + MAX_DURATION_MS;
  }

  /** A client's call has only what is left of its time. */
  #shortened(call: CachedCall, dueMs: number): CachedCall {
    return isClientCall(call) ? { ...call, timeoutMs: dueMs - this.#host.clock.now() } : call;
  }
}

const GONE: Landing = { kind: "gone" };
const OWN: Landing = { kind: "own" };

/** Whether a call failed for what concerns its own caller only: he gave up, or his time was over. */
function isOfItsCaller(call: CachedCall, error: unknown): boolean {
  if (call.signal?.aborted === true) return true;
  if (!isClientCall(call) || !(error instanceof RpcError)) return false;
  if (error.code !== "Timeout") return error.code === "Cancelled";
  // The service's own limit would be the next one's, too.
  return (error.details as { readonly title?: unknown } | undefined)?.title !== HANDLER_STUCK;
}
