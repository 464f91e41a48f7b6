import { Refusal } from "@porthos-rpc/protocol";
import {
  createLocalJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { KeysUnavailable } from "./keys-unavailable.js";
import type { CheckedAuthOptions } from "./options.js";

/** What a good token says, `exp` among it. */
export type Claims = JWTPayload & { readonly exp: number };

/** Of keys without names, how many are tried. */
const MAX_TRIED_KEYS = 16;

/** Verifies tokens: their signature, of an allowed algorithm, their times, issuer and audience. */
export class Verifier {
  readonly #options: JWTVerifyOptions;
  readonly #find: JWTVerifyGetKey;

  /** @param remote finds keys that somebody else publishes */
  constructor(settings: CheckedAuthOptions, remote: JWTVerifyGetKey | undefined) {
    const { trusted, issuer, audience, algorithms, clockToleranceMs } = settings;
    this.#options = {
      algorithms: [...algorithms],
      clockTolerance: clockToleranceMs / 1_000,
      requiredClaims: ["exp"],
      ...(issuer === undefined ? {} : { issuer: [...issuer] }),
      ...(audience === undefined ? {} : { audience: [...audience] }),
    };
    if (trusted.kind === "secret") this.#find = async () => trusted.secret;
    else if (trusted.kind === "keys") this.#find = createLocalJWKSet({ keys: [...trusted.keys] });
    else this.#find = remote as JWTVerifyGetKey;
  }

  /**
   * @param nowMs since 1970
   * @throws {Refusal} 401 for a token that is not good here, 503 while there are no keys. Neither tells more than its sender can use.
   */
  async verify(token: string, nowMs: number): Promise<Claims> {
    const options = { ...this.#options, currentDate: new Date(nowMs) };
    try {
      const { payload } = await this.#verified(token, options);
      return payload as Claims;
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
  }

  async #verified(token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
    try {
      return await jwtVerify(token, this.#find, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return this.#byAnyOf(error, token, options);
    }
  }

  /** Neither token nor keys say which it is. */
  async #byAnyOf(
    keys: errors.JWKSMultipleMatchingKeys,
    token: string,
    options: JWTVerifyOptions,
  ): Promise<JWTVerifyResult> {
    let tried = 0;
    for await (const key of keys) {
      try {
        return await jwtVerify(token, key, options);
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        if (++tried === MAX_TRIED_KEYS) break;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** What its sender is told; undefined for what is not his doing. */
function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof KeysUnavailable) {
    const words =
      "tokens cannot be verified now: the keys of their issuer cannot be reached. Try again later";
    return new Refusal(503, words, { retryAfterMs: error.retryAfterMs });
  }
  if (error instanceof errors.JWTExpired) {
    return new Refusal(401, "the token has expired: send one that has not");
  }
  return error instanceof errors.JOSEError ? invalidToken() : undefined;
}

/** Which part of it was wrong is the service's business: who guesses tokens learns nothing. */
export function invalidToken(): Refusal {
  return new Refusal(
    401,
    "the token is not valid here: send one that the issuer whom this service trusts has made for it",
  );
}
