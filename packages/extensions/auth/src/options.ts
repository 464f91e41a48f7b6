import { checkBoolean, checkDuration, checkInteger, checkKnown, wrong } from "@porthos-rpc/protocol";
import type { JWK } from "jose";
import { CheckedPolicy, type Policy } from "./policy.js";

/** What tokens are verified with: exactly one of these. */
export type TrustedKeys =
  | {
      /** Public keys, as JSON Web Keys (RFC 7517). */
      readonly keys: readonly JWK[];
      readonly jwksUrl?: never;
      readonly secret?: never;
    }
  | {
      /** Where the issuer publishes his public keys (a JWKS): `https:`, or `http:` in a network that is trusted. */
      readonly jwksUrl: string | URL;
      readonly keys?: never;
      readonly secret?: never;
    }
  | {
      /** What the issuer and this service both know, 32 bytes or more. Who can verify with it can also sign. */
      readonly secret: string | Uint8Array;
      readonly keys?: never;
      readonly jwksUrl?: never;
    };

export interface AuthSettings {
  /** Who must have issued a token (claim `iss`), or any of several. `false`: anybody who has the key. */
  readonly issuer: string | readonly string[] | false;
  /** For whom it must be issued (claim `aud`), or any of several. `false`: for anybody; then a token for another service is good here, too. */
  readonly audience: string | readonly string[] | false;
  /** What callers need for which methods. @default a valid token, for all */
  readonly policy?: Policy;
  /** `false`: who sends no token is let in as nobody (`caller` is undefined), but to methods that `policy` names. @default true */
  readonly required?: boolean;
  /**
   * The signatures that are taken (RFC 7518). `none` cannot be. @default ["HS256"] with a secret; else ["RS256", "PS256", "ES256", "EdDSA"]
   */
  readonly algorithms?: readonly string[];
  /** How far the clocks of issuer and service may differ, in milliseconds, 0 to 300,000. @default 5,000 */
  readonly clockToleranceMs?: number;
  /** How many verified tokens are kept, each until it expires; 0 to 100,000. @default 1,000 */
  readonly maxCachedTokens?: number;
  /** How long fetching the keys may take, in milliseconds. @default 5,000 */
  readonly fetchTimeoutMs?: number;
}

export type AuthOptions = AuthSettings & TrustedKeys;

const WHERE = "auth";

const KNOWN = [
  "keys",
  "jwksUrl",
  "secret",
  "issuer",
  "audience",
  "policy",
  "required",
  "algorithms",
  "clockToleranceMs",
  "maxCachedTokens",
  "fetchTimeoutMs",
];

const PUBLIC_KEY_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const SECRET_ALGORITHMS = ["HS256", "HS384", "HS512"];

/** As SHA-256 needs (RFC 7518, 3.2). */
const MIN_SECRET_BYTES = 32;

export type CheckedKeys =
  | { readonly kind: "keys"; readonly keys: readonly JWK[] }
  | { readonly kind: "jwksUrl"; readonly url: URL }
  | { readonly kind: "secret"; readonly secret: Uint8Array };

export interface CheckedAuthOptions {
  readonly trusted: CheckedKeys;
  readonly issuer: readonly string[] | undefined;
  readonly audience: readonly string[] | undefined;
  readonly policy: CheckedPolicy;
  readonly required: boolean;
  readonly algorithms: readonly string[];
  readonly clockToleranceMs: number;
  readonly maxCachedTokens: number;
  readonly fetchTimeoutMs: number;
}

/** @throws {TypeError} for a wrong option, by name, and never with a secret in the text. */
export function checkAuthOptions(options: AuthOptions): CheckedAuthOptions {
  checkKnown(WHERE, options, KNOWN);
  const trusted = checkTrusted(options);
  return {
    trusted,
    issuer: checkNames("issuer", options.issuer),
    audience: checkNames("audience", options.audience),
    policy: new CheckedPolicy(WHERE, options.policy ?? {}),
    required: checkBoolean(WHERE, "required", options.required, true),
    algorithms: checkAlgorithms(options.algorithms, trusted.kind),
    clockToleranceMs: checkInteger(WHERE, "clockToleranceMs", options.clockToleranceMs, {
      min: 0,
      max: 300_000,
      fallback: 5_000,
    }),
    maxCachedTokens: checkInteger(WHERE, "maxCachedTokens", options.maxCachedTokens, {
      min: 0,
      max: 100_000,
      fallback: 1_000,
    }),
    fetchTimeoutMs: checkDuration(WHERE, "fetchTimeoutMs", options.fetchTimeoutMs, 5_000),
  };
}

function checkTrusted({ keys, jwksUrl, secret }: AuthOptions): CheckedKeys {
  const given = [keys, jwksUrl, secret].filter((each) => each !== undefined).length;
  if (given !== 1) {
    throw new TypeError(
      `${WHERE}: exactly one of the options "keys", "jwksUrl" and "secret" says what tokens are verified with; got ${given}`,
    );
  }
  if (jwksUrl !== undefined) return { kind: "jwksUrl", url: checkUrl(jwksUrl) };
  if (secret !== undefined) return { kind: "secret", secret: checkSecret(secret) };
  return { kind: "keys", keys: checkKeys(keys) };
}

function checkKeys(keys: unknown): readonly JWK[] {
  const isPublic = (key: unknown): boolean => {
    const { kty, d } = (key ?? {}) as Partial<JWK>;
    return typeof kty === "string" && kty !== "oct" && d === undefined;
  };
  if (Array.isArray(keys) && keys.length > 0 && keys.every(isPublic)) return structuredClone(keys);
  const expected = 'a list of public keys, as JSON Web Keys; a shared one is the option "secret"';
  throw wrong(WHERE, "keys", expected, keys);
}

function checkUrl(given: unknown): URL {
  const expected = "a URL of https: or http:, without a name and password";
  if (typeof given !== "string" && !(given instanceof URL)) throw wrong(WHERE, "jwksUrl", expected, given);
  if (!URL.canParse(String(given))) throw wrong(WHERE, "jwksUrl", expected, given);
  const url = new URL(given);
  const isGood = ["https:", "http:"].includes(url.protocol) && url.username === "" && url.password === "";
  if (!isGood) throw wrong(WHERE, "jwksUrl", expected, given);
  return url;
}

function checkSecret(secret: unknown): Uint8Array {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  if (bytes instanceof Uint8Array && bytes.length >= MIN_SECRET_BYTES) return bytes.slice();
  throw wrong(WHERE, "secret", `a text or bytes, at least ${MIN_SECRET_BYTES} bytes of them`, secret);
}

/** `false` has to be said: what is forgotten would be a door left open. */
function checkNames(name: "issuer" | "audience", given: unknown): readonly string[] | undefined {
  if (given === false) return undefined;
  const names: readonly unknown[] = Array.isArray(given) ? given : [given];
  const areTexts = names.length > 0 && names.every((each) => typeof each === "string" && each !== "");
  if (areTexts) return [...(names as readonly string[])];
  throw wrong(WHERE, name, "a text or a list of texts, or false if it is not to be checked", given);
}

function checkAlgorithms(given: unknown, kind: CheckedKeys["kind"]): readonly string[] {
  // A public key is no secret: with it as one, anybody could sign.
  const possible = kind === "secret" ? SECRET_ALGORITHMS : PUBLIC_KEY_ALGORITHMS;
  if (given === undefined) return kind === "secret" ? ["HS256"] : ["RS256", "PS256", "ES256", "EdDSA"];
  if (Array.isArray(given) && given.length > 0 && given.every((each) => possible.includes(each)))
    return [...(given as readonly string[])];
  throw wrong(WHERE, "algorithms", `a list of ${possible.join(", ")}`, given);
}
