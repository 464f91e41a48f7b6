import type { HeaderValue, ReadonlyHeaders } from "./message.js";
import {
  ALIVE_HEADER,
  COUNT_HEADER,
  CREDIT_HEADER,
  FRAME_HEADER,
  SEQ_HEADER,
  STREAM_HEADER,
  TIMEOUT_HEADER,
} from "./stream/frame-headers.js";
import { CONTRACT_HEADER, METHOD_HEADER, RETRY_AFTER_HEADER, STATUS_HEADER } from "./wire.js";

/** Those beside the wire's own. */
const MAX_HEADERS = 64;
/** Names and values, in UTF-8. */
const MAX_HEADER_BYTES = 16 * 1024;
/** Tables and arrays within each other; circles end here, too. */
const MAX_DEPTH = 32;
/** What a number, a date or a table itself counts for. */
const FIXED_BYTES = 8;
/** The longest UTF-8 form of one of a text's units. */
const MAX_BYTES_A_UNIT = 3;

/** Of each there is one, and an honest one is short. */
const OWN: ReadonlySet<string> = new Set([
  METHOD_HEADER,
  STATUS_HEADER,
  RETRY_AFTER_HEADER,
  CONTRACT_HEADER,
  FRAME_HEADER,
  SEQ_HEADER,
  COUNT_HEADER,
  CREDIT_HEADER,
  STREAM_HEADER,
  ALIVE_HEADER,
  TIMEOUT_HEADER,
]);
const MAX_OWN_LENGTH = 200;

/**
 * What is too much about the headers of a message; undefined if nothing is. What the wire itself has added is free of charge, so that who
 * keeps to the limits with his own is taken at the other end.
 */
export function headersFault(headers: ReadonlyHeaders): string | undefined {
  let count = 0;
  let bytes = 0;
  for (const [name, value] of headers) {
    if (isFree(name, value)) continue;
    count++;
    bytes += atMostBytes(name) + spentOn(value, MAX_HEADER_BYTES - bytes, 0, atMostBytes);
  }
  if (count > MAX_HEADERS) return `there are ${count} headers; at most ${MAX_HEADERS} are taken`;
  const fits = bytes <= MAX_HEADER_BYTES || headerBytes(headers) <= MAX_HEADER_BYTES;
  return fits ? undefined : `the headers are larger than the ${MAX_HEADER_BYTES} bytes that are taken`;
}

function isFree(name: string, value: HeaderValue): boolean {
  if (typeof value !== "number" && !(typeof value === "string" && value.length <= MAX_OWN_LENGTH))
    return false;
  return OWN.has(name);
}

/** Without a look at each letter. */
function atMostBytes(text: string): number {
  return text.length * MAX_BYTES_A_UNIT;
}

/** How many bytes there are in the names and values, but for the wire's own: of more than the limit, some number beyond it. */
export function headerBytes(headers: ReadonlyHeaders): number {
  const encoder = new TextEncoder();
  // Longer ones are too long in any form, and need no copy.
  const lengthOf = (text: string): number =>
    text.length > MAX_HEADER_BYTES ? text.length : encoder.encode(text).length;
  let bytes = 0;
  for (const [name, value] of headers) {
    if (bytes > MAX_HEADER_BYTES) return bytes;
    if (isFree(name, value)) continue;
    bytes += lengthOf(name) + spentOn(value, MAX_HEADER_BYTES - bytes, 0, lengthOf);
  }
  return bytes;
}

/** The bytes of a value, as far as they fit: of one that is larger, or nested too deep, more than that. */
function spentOn(
  value: HeaderValue,
  left: number,
  depth: number,
  lengthOf: (text: string) => number,
): number {
  if (typeof value === "string") return lengthOf(value);
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== "object" || value === null || value instanceof Date) return FIXED_BYTES;
  if (depth === MAX_DEPTH) return Number.POSITIVE_INFINITY;
  let bytes = FIXED_BYTES;
  const members: readonly HeaderValue[] = Array.isArray(value) ? value : Object.values(value);
  if (!Array.isArray(value)) for (const name of Object.keys(value)) bytes += lengthOf(name);
  for (const member of members) {
    if (bytes > left) return bytes;
    bytes += spentOn(member, left - bytes, depth + 1, lengthOf);
  }
  return bytes;
}
