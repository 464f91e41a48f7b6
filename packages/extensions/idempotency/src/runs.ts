import {
  type ExtensionHost,
  type MaybePromise,
  onAbort,
  Refusal,
  type ResponseEnvelope,
  type ServerCall,
  wrong,
} from "@porthos-rpc/protocol";
import { Bid } from "./bid.js";
import { BoundedStore, FAILED } from "./bounded-store.js";
import { decodeAnswer, encodeAnswer, isKept, notKept } from "./kept-answer.js";
import { Leases } from "./leases.js";
import { fingerprintOf, type RequestKey, requestKey } from "./request-key.js";
import type { Claim, IdempotencyStore } from "./store.js";

export interface RunSettings {
  readonly store: IdempotencyStore;
  readonly lockMs: number;
  readonly keepMs: number;
  readonly maxBodyBytes: number;
  readonly whenStoreFails: "refuse" | "run";
  readonly storeTimeoutMs: number;
  readonly scope: ((call: ServerCall) => string) | undefined;
  readonly keep: (response: ResponseEnvelope, call: ServerCall) => boolean;
}

type Next = (call: ServerCall) => MaybePromise<ResponseEnvelope>;

/** The pauses of one that waits for a run elsewhere: the first, then twice as long each time, up to the most. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 250;
/** What an answer needs to reach its caller before he stops waiting. */
const ANSWER_MS = 100;
const RETRY_AFTER_MS = 1_000;
/** A request that nobody has, and that this process has claimed. */
const FRESH: unique symbol = Symbol("fresh");

/** The requests of one server: each runs once, or gets the answer of the run before it. */
export class Runs {
  readonly #host: ExtensionHost;
  readonly #settings: RunSettings;
  readonly #bounded: BoundedStore;
  readonly #leases: Leases;
  readonly #name = crypto.randomUUID();
  readonly #counts = { ran: 0, replayed: 0, waited: 0, unkeyed: 0, reused: 0, tooLarge: 0, unprotected: 0 };
  #tokens = 0;

  constructor(host: ExtensionHost, settings: RunSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#bounded = new BoundedStore(host, settings.storeTimeoutMs);
    this.#leases = new Leases(host, settings.store, this.#bounded, settings.lockMs);
  }

  get counts(): Readonly<Record<string, number>> {
    const { size: running, lost } = this.#leases;
    return { ...this.#counts, running, lost, storeFailures: this.#bounded.failures };
  }

  run(call: ServerCall, next: Next): MaybePromise<ResponseEnvelope> {
    // The items of a stream are gone.
    if (call.kind === "stream") return next(call);
    const { scope } = this.#settings;
    const scoped = scope === undefined ? "" : scope(call);
    // Nobody may share with everybody for want of a word.
    if (typeof scoped !== "string")
      throw wrong("idempotency", "scope", "a function that returns a text", scoped);
    const key = requestKey(call, scoped);
    if (key !== undefined) return this.#once(call, next, key);
    this.#counts.unkeyed++;
    return next(call);
  }

  stop(): void {
    this.#leases.stop();
  }

  async #once(call: ServerCall, next: Next, { key, isChosen }: RequestKey): Promise<ResponseEnvelope> {
    const claim: Claim = {
      token: `${this.#name}.${++this.#tokens}`,
      lockMs: this.#settings.lockMs,
      fingerprint: isChosen ? await fingerprintOf(call.request) : "",
    };
    const bid = new Bid(this.#settings.store, this.#bounded, key, claim);
    let got: ResponseEnvelope | typeof FRESH | typeof FAILED;
    try {
      got = await this.#awaited(call, bid);
    } catch (error) {
      bid.giveUp();
      throw error;
    }
    if (got === FRESH) return this.#first(call, next, bid);
    bid.giveUp();
    return got === FAILED ? this.#unprotected(call, next) : got;
  }

  /**
   * The answer that is kept, or whether to run it: protected, or not.
   * @throws {Refusal} if none of these
   */
  async #awaited(call: ServerCall, bid: Bid): Promise<ResponseEnvelope | typeof FRESH | typeof FAILED> {
    for (let pauses = 0; ; pauses++) {
      const begun = await bid.begin(call.deadlineMs);
      if (begun === FAILED) {
        if (this.#settings.whenStoreFails === "run") return FAILED;
        // A one-way request that is refused is gone: it waits instead.
        if (call.kind !== "void") throw storeAway();
      } else if (begun.state === "fresh") {
        return FRESH;
      } else if (begun.fingerprint !== bid.claim.fingerprint) {
        this.#counts.reused++;
        throw new Refusal(422, "its Idempotency-Key was used for another request");
      } else if (begun.state === "done") {
        const answer = this.#replay(begun.answer);
        if (answer !== undefined) return answer;
        if (this.#settings.whenStoreFails === "run") return FAILED;
        throw storeAway();
      }
      if (pauses === 0) this.#counts.waited++;
      await this.#pause(call, pauses);
    }
  }

  async #first(call: ServerCall, next: Next, bid: Bid): Promise<ResponseEnvelope> {
    this.#counts.ran++;
    this.#leases.add(bid, call.signal);
    try {
      const response = await next(call);
      this.#leases.delete(bid);
      if (this.#isKept(response, call)) await this.#complete(call, bid, response);
      else await bid.abandon(call.deadlineMs);
      return response;
    } catch (error) {
      this.#leases.delete(bid);
      await bid.abandon(call.deadlineMs);
      throw error;
    } finally {
      bid.end();
    }
  }

  #isKept(response: ResponseEnvelope, call: ServerCall): boolean {
    try {
      return this.#settings.keep(response, call);
    } catch (error) {
      this.#host.report("keep", error);
      return isKept(response);
    }
  }

  /** The answer leaves when it is kept, or cannot be: so a process that dies with it unsent has not to run it again. */
  async #complete(call: ServerCall, { key, claim }: Bid, response: ResponseEnvelope): Promise<void> {
    const { store, keepMs } = this.#settings;
    const bytes = this.#bytesOf(response);
    const kept = await this.#bounded.ask("complete", call.deadlineMs, () =>
      store.complete(key, claim, bytes, keepMs),
    );
    if (kept === false) this.#leases.lose();
  }

  /** Of an answer that cannot be kept, that the request has run: it is not to run again. */
  #bytesOf(response: ResponseEnvelope): Uint8Array {
    const { maxBodyBytes } = this.#settings;
    try {
      if (response.body.length <= maxBodyBytes) return encodeAnswer(response);
    } catch (error) {
      this.#host.report("complete", error);
    }
    this.#counts.tooLarge++;
    return encodeAnswer(notKept(maxBodyBytes));
  }

  #replay(answer: Uint8Array): ResponseEnvelope | undefined {
    try {
      const response = decodeAnswer(answer);
      this.#counts.replayed++;
      return response;
    } catch (error) {
      this.#bounded.failed("replay", error);
      return undefined;
    }
  }

  #unprotected(call: ServerCall, next: Next): MaybePromise<ResponseEnvelope> {
    this.#counts.unprotected++;
    return next(call);
  }

  /** @throws {Refusal} when the caller's time, or the server's, is over. */
  async #pause(call: ServerCall, pauses: number): Promise<void> {
    const { clock } = this.#host;
    const leftMs = (call.deadlineMs ?? Number.POSITIVE_INFINITY) - ANSWER_MS - clock.now();
    const { signal } = call;
    if (leftMs <= 0 || signal.aborted) throw stillRunning();
    const delayMs = Math.min(leftMs, MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(pauses, 10));
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stopTimer();
        stopListening();
        resolve();
      };
      const stopTimer = clock.after(delayMs, done);
      const stopListening = onAbort(signal, done);
    });
  }
}

function storeAway(): Refusal {
  return new Refusal(503, "whether it has run before cannot be told now", { retryAfterMs: RETRY_AFTER_MS });
}

function stillRunning(): Refusal {
  return new Refusal(503, "the same request runs already, and has not ended in time", {
    title: "Still running",
    executed: "maybe",
    retryAfterMs: RETRY_AFTER_MS,
  });
}
