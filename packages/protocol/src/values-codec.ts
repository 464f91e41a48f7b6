import type { Codec } from "./content.js";
import { RpcError } from "./errors.js";
import { parseJson } from "./json-codec.js";
import { DEFAULT_JSON_LIMITS, type JsonLimits, sameLimits } from "./json-limits.js";
import { hasPrototypeKeys } from "./prototype-keys.js";
import { encodeText } from "./text.js";
import { fromTagged } from "./values-codec-decode.js";
import { toTagged } from "./values-codec-encode.js";

/** Levels of JSON that one value may take: of a map its object, its array and the pair; and those of a tag in the innermost. */
const LEVELS_A_VALUE = 3;

/**
 * Values that JSON cannot say, in JSON text: a Date, bigint, Map, Set, Uint8Array, undefined, NaN, Infinity and -0
 * arrive as what they were. For peers that both have it; others answer 415, since its content type is no `+json`.
 *
 * The form: JSON in UTF-8 without a byte order mark, in which each of these values is an object with one member.
 *
 * | member | value |
 * | --- | --- |
 * | `"$date": 1767225600000` | a time in milliseconds since 1970-01-01T00:00:00Z: a whole number, at most 8.64e15 either way |
 * | `"$bigint": "-12"` | a whole number of at most 10,000 decimal digits, without leading zeros, plus sign or `-0` |
 * | `"$map": [[key, value], ...]` | a map in its order; keys may be any value |
 * | `"$set": [value, ...]` | a set in its order |
 * | `"$bytes": "AP8="` | bytes, in base64 with padding (RFC 4648, 4) |
 * | `"$undefined": true` | undefined, also where an array has a hole |
 * | `"$number": "NaN"` | `NaN`, `Infinity`, `-Infinity` or `-0` |
 *
 * Everything else is JSON's own, but that a name in an object that begins with `$` gets one more `$` in front, and
 * loses it when it is read. So a name with one `$` is one of the members above and stands alone; anything else is an
 * error. JSON's limits are counted in values: they may stand in at most 64 others (keys and values stand in their map), and objects
 * may have 10,000 members in all.
 *
 * `encode` refuses what has no such form: functions, symbols (as names, too), objects of classes other than those
 * above, invalid Dates, circles. `decode` gives plain objects. Neither takes the names that JSON here may not have either: `__proto__`, and `constructor`
 * for an object with `prototype`.
 */
export const valuesCodec: Codec = valuesWithin(DEFAULT_JSON_LIMITS);

function valuesWithin(limits: JsonLimits): Codec {
  const jsonLimits: JsonLimits = {
    maxJsonDepth: LEVELS_A_VALUE * limits.maxJsonDepth + 1,
    // Tags are keys, too; names are counted by what reads them.
    maxJsonKeys: Number.POSITIVE_INFINITY,
  };
  return {
    contentType: "application/vnd.porthos.values",
    encode: (value) => encodeText(encoded(value, limits)),
    decode: (body) => fromTagged(parseJson(body, jsonLimits), limits),
    within(other) {
      return sameLimits(other, limits) ? this : valuesWithin(other);
    },
  };
}

function encoded(value: unknown, limits: JsonLimits): string {
  try {
    const tagged = toTagged(value, limits);
    const text = JSON.stringify(tagged);
    if (!hasPrototypeKeys(text, () => tagged)) return text;
  } catch (cause) {
    if (cause instanceof RpcError) throw cause;
    // A getter, or a trap of a Proxy.
    throw new RpcError("BadRequest", "the value cannot be encoded: reading it failed", { cause });
  }
  const what = "a name __proto__, or a constructor with a prototype";
  throw new RpcError("BadRequest", `the value cannot be encoded: it holds ${what}`);
}
