import { type Codec, decodeText, encodeText } from "./content.js";
import { RpcError } from "./errors.js";
import { fromTagged } from "./values-codec-decode.js";
import { toTagged } from "./values-codec-encode.js";

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
 * error. Values may stand in at most 64 others; keys and values stand in their map.
 *
 * `encode` refuses what has no such form: functions, symbols (as names, too), objects of classes other than those
 * above, invalid Dates, circles. `decode` gives plain objects, in which `__proto__` is a name like any other.
 */
export const valuesCodec: Codec = {
  contentType: "application/vnd.porthos.values",
  encode(value) {
    try {
      return encodeText(JSON.stringify(toTagged(value)));
    } catch (cause) {
      if (cause instanceof RpcError) throw cause;
      // A getter, or a trap of a Proxy.
      throw new RpcError("BadRequest", "the value cannot be encoded: reading it failed", { cause });
    }
  },
  decode(body) {
    const text = decodeText(body);
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      // V8's message quotes the text: a stranger's data, so it stays in the cause.
      throw new RpcError("BadRequest", "the body is not valid JSON", { cause });
    }
    return fromTagged(json);
  },
};
