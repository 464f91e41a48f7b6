import type { Clock, MaybePromise } from "@porthos-rpc/protocol";
import { decodeJwt } from "jose";
import { hasScheme, isToken } from "./token-header.js";

/** How long a token is kept that does not say when it expires. */
const UNDATED_MS = 60_000;
/** A token that is younger is not fetched anew: a service that takes none must not make every call a fetch. */
const MIN_AGE_MS = 1_000;

interface Kept {
  readonly token: string;
  readonly fetchedMs: number;
  /** Since 1970. */
  readonly untilMs: number;
}

/** What will not pass: the provider gives what a header holds. */
export class SchemeInToken extends TypeError {
  constructor() {
    super('the option token() must give the token alone, without "Bearer "');
  }
}

/** A client's token: fetched once for all calls that wait for it, and kept until shortly before it expires. */
export class TokenSource {
  readonly #provide: () => MaybePromise<string>;
  readonly #marginMs: number;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  #kept: Kept | undefined;
  #flight: Promise<string> | undefined;

  constructor(
    provide: () => MaybePromise<string>,
    bounds: { readonly marginMs: number; readonly timeoutMs: number },
    clock: Clock,
  ) {
    this.#provide = provide;
    this.#marginMs = bounds.marginMs;
    this.#timeoutMs = bounds.timeoutMs;
    this.#clock = clock;
  }

  get isKept(): boolean {
    return this.#kept !== undefined;
  }

  /** @throws what the provider throws, or an Error when it gives no token, or none in time. */
  get(): MaybePromise<string> {
    const kept = this.#kept;
    return kept !== undefined && this.#clock.epochMs() < kept.untilMs ? kept.token : this.#fetch();
  }

  /** A service refused it: the next is another, unless it has only just come. */
  forget(token: string): void {
    const kept = this.#kept;
    if (kept?.token === token && this.#clock.now() - kept.fetchedMs >= MIN_AGE_MS) this.#kept = undefined;
  }

  #fetch(): Promise<string> {
    this.#flight ??= this.#provided().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #provided(): Promise<string> {
    const token: unknown = await this.#inTime();
    if (hasScheme(token)) throw new SchemeInToken();
    if (!isToken(token)) throw new TypeError("the option token() gave no bearer token");
    const fetchedMs = this.#clock.now();
    this.#kept = { token, fetchedMs, untilMs: this.#untilMs(token) };
    return token;
  }

  #inTime(): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = new Error(`the option token() gave none within ${this.#timeoutMs} ms`);
      const stopTimer = this.#clock.after(this.#timeoutMs, () => reject(late));
      new Promise<string>((given) => given(this.#provide())).then(resolve, reject).finally(stopTimer);
    });
  }

  #untilMs(token: string): number {
    const nowMs = this.#clock.epochMs();
    const expiresMs = expiryOf(token);
    if (expiresMs === undefined) return nowMs + UNDATED_MS;
    // One that lives no longer than the margin is not fetched for each call.
    return expiresMs - Math.min(this.#marginMs, Math.max(0, expiresMs - nowMs) / 2);
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
