import type { Clock } from "@porthos-rpc/protocol";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { KeysUnavailable } from "./keys-unavailable.js";

/** How old keys get before they are fetched anew, beside the calls. */
const REFRESH_MS = 10 * 60_000;
/** How long they are used while they cannot be fetched anew. */
const MAX_AGE_MS = 60 * 60_000;
/** For a key that is not there they are fetched anew, but no sooner than that: which key a token names is a stranger's choice. */
const UNKNOWN_KEY_MS = 30_000;
/** After a failure. */
const RETRY_MS = 1_000;
const MAX_BYTES = 1024 * 1024;

/** What keys are fetched for. */
export interface KeysUser {
  readonly clock: Clock;
  report(during: string, error: unknown): void;
  /** There are others than before. */
  onChange(): void;
}

/** The public keys that an issuer publishes (a JWKS): fetched once for all that wait, in bounded time, and kept. */
export class RemoteKeys {
  readonly #url: URL;
  readonly #timeoutMs: number;
  readonly #user: KeysUser;
  #text = "";
  #find: JWTVerifyGetKey | undefined;
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #failed = false;
  #isStopped = false;
  #flight: Promise<void> | undefined;
  #abort: AbortController | undefined;

  constructor(url: URL, timeoutMs: number, user: KeysUser) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
    this.#user = user;
  }

  /** Fetches them before somebody needs them. */
  prepare(): void {
    void this.#refresh();
  }

  /** Ends a fetch that is under way. */
  stop(): void {
    this.#isStopped = true;
    this.#abort?.abort();
  }

  /** @throws {KeysUnavailable} while they cannot be had. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const ageMs = this.#user.clock.now() - this.#fetchedMs;
    if (ageMs > MAX_AGE_MS) await this.#refresh();
    else if (ageMs > REFRESH_MS) void this.#refresh();
    try {
      return await this.#present(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const waits = this.#user.clock.now() - this.#triedMs < UNKNOWN_KEY_MS && this.#flight === undefined;
      if (!waits) await this.#refresh();
      if (this.#failed) throw this.#unavailable();
      return this.#present(header, token);
    }
  };

  get #present(): JWTVerifyGetKey {
    const isOld = this.#user.clock.now() - this.#fetchedMs > MAX_AGE_MS;
    if (this.#find === undefined || isOld) throw this.#unavailable();
    return this.#find;
  }

  #unavailable(): KeysUnavailable {
    return new KeysUnavailable(Math.max(RETRY_MS, this.#triedMs + RETRY_MS - this.#user.clock.now()));
  }

  /** Never rejects: what failed is reported. Nothing is tried so soon after a failure. */
  #refresh(): Promise<void> {
    const isTooSoon = this.#failed && this.#user.clock.now() - this.#triedMs < RETRY_MS;
    if (isTooSoon && this.#flight === undefined) return Promise.resolve();
    this.#flight ??= this.#fetch().finally(() => {
      this.#triedMs = this.#user.clock.now();
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<void> {
    const { clock } = this.#user;
    const abort = new AbortController();
    this.#abort = abort;
    const late = new Error(`the keys did not come within ${this.#timeoutMs} ms`);
    const stopTimer = clock.after(this.#timeoutMs, () => abort.abort(late));
    try {
      this.#use(await this.#read(abort.signal));
      this.#fetchedMs = clock.now();
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      if (!this.#isStopped) this.#user.report("fetching keys", error);
    } finally {
      stopTimer();
    }
  }

  #use(text: string): void {
    if (text === this.#text) return;
    this.#find = createLocalJWKSet(JSON.parse(text) as JSONWebKeySet);
    this.#text = text;
    this.#user.onChange();
  }

  async #read(signal: AbortSignal): Promise<string> {
    const headers = { accept: "application/jwk-set+json, application/json" };
    const response = await fetch(this.#url, { headers, signal, redirect: "error" });
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the keys' server answered ${response.status}`);
    }
    const decoder = new TextDecoder();
    let text = "";
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new Error(`there are more than ${MAX_BYTES} bytes of keys`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text;
  }
}
