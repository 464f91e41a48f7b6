import { checkInteger } from "./options.js";

/** How much JSON one body may be. Both ends hold it, for what they send and for what they get. */
export interface JsonLimits {
  /** How many arrays and objects may stand one within the other. 1 to 1,000. */
  readonly maxJsonDepth: number;
  /** How many members all objects of a body may have together. 1 to 10,000,000. */
  readonly maxJsonKeys: number;
}

export const DEFAULT_JSON_LIMITS: JsonLimits = { maxJsonDepth: 64, maxJsonKeys: 10_000 };

/** @throws {TypeError} that names the wrong option. */
export function checkJsonLimits(
  where: string,
  options: { readonly maxJsonDepth?: number; readonly maxJsonKeys?: number },
): JsonLimits {
  const { maxJsonDepth, maxJsonKeys } = options;
  return {
    maxJsonDepth: checkInteger(where, "maxJsonDepth", maxJsonDepth, {
      min: 1,
      max: 1_000,
      fallback: DEFAULT_JSON_LIMITS.maxJsonDepth,
    }),
    maxJsonKeys: checkInteger(where, "maxJsonKeys", maxJsonKeys, {
      min: 1,
      max: 10_000_000,
      fallback: DEFAULT_JSON_LIMITS.maxJsonKeys,
    }),
  };
}

export function sameLimits(one: JsonLimits, other: JsonLimits): boolean {
  return one.maxJsonDepth === other.maxJsonDepth && one.maxJsonKeys === other.maxJsonKeys;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Of `[` and `]`: so many levels more have no shorter form. */
const BYTES_A_LEVEL = 2;
/** Of `"":0,`, or `{"":}`. */
const BYTES_A_KEY = 5;
/** Bytes of a string that are looked at one by one, before the host searches for its end. */
const SHORT_STRING = 32;

/**
 * What is too much about JSON text, in words for whoever sent it; undefined if nothing is. Looks at brackets, colons and quotes only, and at
 * nothing where a body is too short to be too deep. Of what is no JSON it says something or nothing.
 */
export function jsonFault(body: Uint8Array, { maxJsonDepth, maxJsonKeys }: JsonLimits): string | undefined {
  const { length } = body;
  if (length < BYTES_A_LEVEL * (maxJsonDepth + 1) && length <= BYTES_A_KEY * (maxJsonKeys + 1))
    return undefined;
  let depth = 0;
  let keys = 0;
  for (let at = 0; at < length; at++) {
    switch (body[at]) {
      case QUOTE:
        at = endOfString(body, at);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > maxJsonDepth) return `it is deeper than ${maxJsonDepth} levels (maxJsonDepth)`;
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      case COLON:
        if (++keys > maxJsonKeys) return `it has more than ${maxJsonKeys} keys (maxJsonKeys)`;
    }
  }
  return undefined;
}

/** Where the string ends that begins at a quote: at the next one that no backslash stands before, or with the body. */
function endOfString(body: Uint8Array, quote: number): number {
  let at = quote + 1;
  for (const long = at + SHORT_STRING; at < long; at++) {
    const byte = body[at];
    if (byte === QUOTE || byte === undefined) return at;
    if (byte === BACKSLASH) at++;
  }
  for (let found = body.indexOf(QUOTE, at); found !== -1; found = body.indexOf(QUOTE, found + 1)) {
    if (!isEscaped(body, found, at)) return found;
  }
  return body.length;
}

/** Whether an odd number of backslashes stands before it. @param from no escape reaches over this */
function isEscaped(body: Uint8Array, quote: number, from: number): boolean {
  let at = quote;
  while (at > from && body[at - 1] === BACKSLASH) at--;
  return (quote - at) % 2 === 1;
}
