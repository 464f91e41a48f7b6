import type { Clock, MaybePromise } from "@porthos-rpc/protocol";
import { decodeJwt } from "jose";
import { hasScheme, isToken } from "./token-header.js";

/** How long a token is kept that does not say when it expires. */
const UNDATED_MS = 60_000;
/** How long after the last attempt the next one is made beside the calls. */
const PAUSE_MS = 1_000;
/** A token that is younger is not fetched anew: a service that takes none must not make every call a fetch. */
const MIN_AGE_MS = 1_000;

interface Kept {
  readonly token: string;
  readonly fetchedMs: number;
  /** From when on another is fetched beside the calls, and until when it is good: both since 1970. */
  readonly freshUntilMs: number;
  readonly goodUntilMs: number;
}

/** What will not pass: the provider gives what a header holds. */
export class SchemeInToken extends TypeError {
  constructor() {
    super('the option token() must give the token alone, without "Bearer "');
  }
}

/**
 * A client's token: fetched once for all calls that wait for it, and shortly before it expires fetched anew beside the calls, which go on with the one
 * that there is.
 */
export class TokenSource {
  readonly #provide: () => MaybePromise<string>;
  readonly #marginMs: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #report: (during: string, error: unknown) => void;
  #kept: Kept | undefined;
  #flight: Promise<string> | undefined;
  #endFlight: () => void = () => {};
  #triedMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(
    provide: () => MaybePromise<string>,
    bounds: { readonly marginMs: number; readonly timeoutMs: number },
    clock: Clock,
    report: (during: string, error: unknown) => void,
  ) {
    this.#provide = provide;
    this.#marginMs = bounds.marginMs;
    this.#timeoutMs = bounds.timeoutMs;
    this.#clock = clock;
    this.#report = report;
  }

  get isKept(): boolean {
    return this.#kept !== undefined;
  }

  /** @throws what the provider throws, or an Error when it gives no token, or none in time. */
  get(): MaybePromise<string> {
    const kept = this.#kept;
    const nowMs = this.#clock.epochMs();
    if (kept === undefined || nowMs >= kept.goodUntilMs) return this.#fetch();
    if (nowMs >= kept.freshUntilMs) this.#renew();
    return kept.token;
  }

  /** Ends a fetch that is under way. */
  close(): void {
    this.#isClosed = true;
    this.#endFlight();
  }

  /** A service refused it: the next is another, unless it has only just come. */
  forget(token: string): void {
    const kept = this.#kept;
    if (kept?.token === token && this.#clock.now() - kept.fetchedMs >= MIN_AGE_MS) this.#kept = undefined;
  }

  /** Beside the calls. */
  #renew(): void {
    if (this.#flight !== undefined || this.#clock.now() - this.#triedMs < PAUSE_MS) return;
    this.#fetch().catch((error: unknown) => {
      if (!this.#isClosed) this.#report("fetching a token", error);
    });
  }

  #fetch(): Promise<string> {
    this.#flight ??= this.#provided().finally(() => {
      this.#flight = undefined;
      this.#triedMs = this.#clock.now();
    });
    return this.#flight;
  }

  async #provided(): Promise<string> {
    const token: unknown = await this.#inTime();
    if (hasScheme(token)) throw new SchemeInToken();
    if (!isToken(token)) throw new TypeError("the option token() gave no bearer token");
    this.#kept = { token, fetchedMs: this.#clock.now(), ...this.#timesOf(token) };
    return token;
  }

  #inTime(): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = new Error(`the option token() gave none within ${this.#timeoutMs} ms`);
      const stopTimer = this.#clock.after(this.#timeoutMs, () => reject(late));
      this.#endFlight = () => {
        stopTimer();
        reject(new Error("the client was closed"));
      };
      new Promise<string>((given) => given(this.#provide())).then(resolve, reject).finally(stopTimer);
    });
  }

  #timesOf(token: string): Pick<Kept, "freshUntilMs" | "goodUntilMs"> {
    const nowMs = this.#clock.epochMs();
    const expiresMs = expiryOf(token);
    // Nobody knows whether it is good for longer.
    if (expiresMs === undefined) return { freshUntilMs: nowMs + UNDATED_MS, goodUntilMs: nowMs + UNDATED_MS };
    // One that lives no longer than the margin is not fetched for each call.
    const marginMs = Math.min(this.#marginMs, Math.max(0, expiresMs - nowMs) / 2);
    return { freshUntilMs: expiresMs - marginMs, goodUntilMs: expiresMs };
  }
}

/** Undefined for what is no JWT, or does not say. */
function expiryOf(token: string): number | undefined {
  try {
    const { exp } = decodeJwt(token);
    return typeof exp === "number" ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
