import {
  type ExtensionHost,
  type MaybePromise,
  Refusal,
  type ResponseEnvelope,
  type ServerCall,
  wrong,
} from "@porthos-rpc/protocol";
import { BoundedStore, FAILED } from "./bounded-store.js";
import { decodeAnswer, encodeAnswer, isKept, notKept } from "./kept-answer.js";
import { Leases } from "./leases.js";
import { fingerprintOf, type RequestKey, requestKey } from "./request-key.js";
import type { Begun, Claim, IdempotencyStore } from "./store.js";

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
    for (let pauses = 0; ; pauses++) {
      const begun = await this.#begin(call, key, claim);
      if (begun === FAILED) {
        if (this.#settings.whenStoreFails === "run") return this.#unprotected(call, next);
        // A one-way request that is refused is gone: it waits instead.
        if (call.kind !== "void") throw storeAway();
      } else if (begun.state === "fresh") {
        return this.#first(call, next, key, claim);
      } else if (begun.fingerprint !== claim.fingerprint) {
        this.#counts.reused++;
        throw new Refusal(422, "its Idempotency-Key was used for another request");
      } else if (begun.state === "done") {
        const answer = this.#replay(begun.answer);
        if (answer !== undefined) return answer;
        if (this.#settings.whenStoreFails === "run") return this.#unprotected(call, next);
        throw storeAway();
      }
      if (pauses === 0) this.#counts.waited++;
      await this.#pause(call, pauses);
    }
  }

  #begin(call: ServerCall, key: string, claim: Claim): Promise<Begun | typeof FAILED> {
    const { store } = this.#settings;
    // What is claimed when nobody waits for it any more must not keep others waiting.
    const late = ({ state }: Begun): void => {
      if (state === "fresh") void this.#abandon(key, claim, undefined);
    };
    return this.#bounded.ask("begin", call.deadlineMs, () => store.begin(key, claim), late);
  }

  async #first(call: ServerCall, next: Next, key: string, claim: Claim): Promise<ResponseEnvelope> {
    this.#counts.ran++;
    this.#leases.add(key, claim);
    let response: ResponseEnvelope;
    try {
      response = await next(call);
    } catch (error) {
      this.#leases.delete(claim);
      await this.#abandon(key, claim, call.deadlineMs);
      throw error;
    }
    this.#leases.delete(claim);
    if (this.#isKept(response, call)) await this.#complete(call, key, claim, response);
    else await this.#abandon(key, claim, call.deadlineMs);
    return response;
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
  async #complete(call: ServerCall, key: string, claim: Claim, response: ResponseEnvelope): Promise<void> {
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

  async #abandon(key: string, claim: Claim, deadlineMs: number | undefined): Promise<void> {
    await this.#bounded.ask("abandon", deadlineMs, () => this.#settings.store.abandon(key, claim));
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
        signal.removeEventListener("abort", done);
        resolve();
      };
      const stopTimer = clock.after(delayMs, done);
      signal.addEventListener("abort", done);
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
