import { type Headers, type HeaderValue, type ReadonlyHeaders, RpcError } from "@porthos-rpc/protocol";
import { copyBytes, isBytes } from "./bytes.js";
import { isShort, utf8Length } from "./utf8.js";

/** Names and values together. More does not fit into the buffer in which amqplib encodes headers. */
const MAX_HEADER_BYTES = 65_536;
/** Tables and arrays within each other; circles end here too. */
const MAX_DEPTH = 32;
/** What a number, a boolean, a date or a table's frame takes, about. */
const FIXED_BYTES = 8;

/**
 * A copy that shares nothing with the original, of values that a broker's wire could hold.
 * @throws {RpcError} BadRequest, naming the header, for values that it could not; TooLarge.
 */
export function copyHeaders(headers: ReadonlyHeaders): Headers {
  const copy: Headers = new Map();
  if (headers.size === 0) return copy;
  const budget = { bytes: MAX_HEADER_BYTES };
  for (const [name, value] of headers) {
    if (typeof name !== "string" || !isShort(name)) {
      throw new RpcError("BadRequest", "the name of a header must be a text of at most 255 bytes");
    }
    spend(budget, utf8Length(name));
    copy.set(name, copyValue(name, value, budget, 0));
  }
  return copy;
}

interface Budget {
  bytes: number;
}

function spend(budget: Budget, bytes: number): void {
  budget.bytes -= bytes;
  if (budget.bytes >= 0) return;
  throw new RpcError("TooLarge", `the headers are larger than ${MAX_HEADER_BYTES} bytes`);
}

function copyValue(name: string, value: unknown, budget: Budget, depth: number): HeaderValue {
  switch (typeof value) {
    case "string":
      spend(budget, utf8Length(value));
      return value;
    case "number":
      spend(budget, FIXED_BYTES);
      if (!Number.isFinite(value)) throw wrongValue(name, String(value));
      return value;
    case "boolean":
      spend(budget, FIXED_BYTES);
      return value;
    case "object":
      spend(budget, FIXED_BYTES);
      return value === null ? null : copyObject(name, value, budget, depth);
    default:
      throw wrongValue(name, typeof value === "undefined" ? "undefined" : `a ${typeof value}`);
  }
}

function copyObject(name: string, value: object, budget: Budget, depth: number): HeaderValue {
  if (isBytes(value)) {
    spend(budget, value.byteLength);
    return copyBytes(value);
  }
  if (value instanceof Date) {
    // AMQP's timestamps begin in 1970.
    if (!(value.getTime() >= 0)) throw wrongValue(name, "a Date that is invalid or before 1970");
    return new Date(value);
  }
  if (depth === MAX_DEPTH) throw wrongValue(name, `tables deeper than ${MAX_DEPTH}, or in a circle`);
  // Array.from and not map, which would pass over the holes of a sparse array.
  if (Array.isArray(value)) return Array.from(value, (item) => copyValue(name, item, budget, depth + 1));
  if (!isPlain(value)) throw wrongValue(name, `an object of class ${classOf(value)}`);
  return copyTable(name, value, budget, depth);
}

function copyTable(name: string, table: object, budget: Budget, depth: number): HeaderValue {
  const entries = Object.entries(table).map(([key, value]): [string, HeaderValue] => {
    spend(budget, utf8Length(key));
    if (!isShort(key)) throw wrongValue(name, "a key of more than 255 bytes");
    return [key, copyValue(name, value, budget, depth + 1)];
  });
  // Defines properties rather than setting them: `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}

/** Made by an object literal, in whatever realm, or without a prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function classOf(value: object): string {
  const made: unknown = value.constructor;
  return typeof made === "function" ? made.name : "unknown";
}

function wrongValue(name: string, found: string): RpcError {
  const allowed =
    "text, finite number, boolean, null, Date, Uint8Array, and arrays and plain objects of these";
  return new RpcError("BadRequest", `header "${name}" holds ${found}; a header may hold ${allowed}`);
}
