import { RpcError } from "./errors.js";
import type { JsonLimits } from "./json-limits.js";
import { kindOf } from "./kind-of.js";
import { toBase64 } from "./values-codec-base64.js";
import { MAX_BIGINT_DIGITS, Names } from "./values-codec-limits.js";

/** The JSON value that stands for a value. @throws {RpcError} BadRequest for what has no such form. */
export function toTagged(value: unknown, limits: JsonLimits): unknown {
  return encode(value, { limits, objects: new Set(), names: new Names(limits) });
}

interface Around {
  readonly limits: JsonLimits;
  /** Those that the value stands in. */
  readonly objects: Set<object>;
  readonly names: Names;
}

function encode(value: unknown, around: Around): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return encodeNumber(value);
    case "undefined":
      return { $undefined: true };
    case "bigint":
      return encodeBigint(value);
    case "object":
      return value === null ? null : encodeObject(value, around);
    default:
      throw refused(kindOf(value));
  }
}

function encodeNumber(value: number): unknown {
  if (Object.is(value, -0)) return { $number: "-0" };
  return Number.isFinite(value) ? value : { $number: String(value) };
}

function encodeBigint(value: bigint): unknown {
  const digits = String(value);
  if (digits.replace("-", "").length > MAX_BIGINT_DIGITS)
    throw refused(`a bigint of more than ${MAX_BIGINT_DIGITS} digits`);
  return { $bigint: digits };
}

function encodeObject(value: object, around: Around): unknown {
  if (value instanceof Date) return encodeDate(value);
  if (value instanceof Uint8Array) return { $bytes: toBase64(value) };
  const { objects, limits } = around;
  if (objects.has(value)) throw refused("a circle");
  if (objects.size >= limits.maxJsonDepth) throw refused(`more than ${limits.maxJsonDepth} levels`);
  objects.add(value);
  const encoded = encodeMembers(value, around);
  objects.delete(value);
  return encoded;
}

function encodeDate(value: Date): unknown {
  const ms = value.getTime();
  if (Number.isNaN(ms)) throw refused("an invalid Date");
  return { $date: ms };
}

function encodeMembers(value: object, around: Around): unknown {
  // Array.from, since map() leaves holes.
  if (Array.isArray(value)) return Array.from(value as unknown[], (item) => encode(item, around));
  if (value instanceof Set) return { $set: Array.from(value, (item) => encode(item, around)) };
  if (value instanceof Map) {
    return { $map: Array.from(value, ([key, item]) => [encode(key, around), encode(item, around)]) };
  }
  // Of a class first: Node gives promises symbols of its own, at times.
  if (!isPlain(value)) throw refused("an object of a class");
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused("an object with symbols for names");
  // Without prototype: __proto__ is a name here.
  const encoded: Record<string, unknown> = Object.create(null);
  const members = Object.entries(value);
  if (!around.names.take(members.length)) throw refused(around.names.tooMany);
  for (const [name, item] of members) {
    encoded[name.startsWith("$") ? `$${name}` : name] = encode(item, around);
  }
  return encoded;
}

/** Those of another realm have another Object.prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refused(what: string): RpcError {
  return new RpcError("BadRequest", `the value cannot be encoded: it holds ${what}`);
}
