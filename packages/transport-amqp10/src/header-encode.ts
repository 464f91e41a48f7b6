import { type HeaderValue, NO_HEADERS, type ReadonlyHeaders, RpcError } from "@porthos-rpc/protocol";
import { AmqpWriter } from "./amqp-writer.js";

/** Deeper nesting has no use, costs receivers stack, and is what a circular value looks like. */
const MAX_DEPTH = 32;
const MAX_NAME_BYTES = 255;
/** 0-9-1 peers of the same broker get all headers in one frame. */
const MAX_HEADER_BYTES = 65_536;
const MIN_INT32 = -2_147_483_648;
const MAX_INT32 = 2_147_483_647;
/** Beyond, an integer does not fit int64 and travels as a double. */
const INT64_BOUND = 2 ** 63;
/** The section application-properties (specification part 3, 3.2.5). */
const APPLICATION_PROPERTIES = 0x74;

const NONE = Buffer.alloc(0);

/** Protocol hands in one Map per method and per status again and again. */
const cache = new WeakMap<ReadonlyHeaders, Buffer>();

/**
 * The headers as a section of a message; no bytes for no headers.
 * @throws {RpcError} BadRequest naming the header that has no AMQP form; TooLarge
 */
export function encodeHeaders(headers: ReadonlyHeaders): Buffer {
  if (headers === NO_HEADERS || headers.size === 0) return NONE;
  let section = cache.get(headers);
  if (section === undefined) {
    section = encodeSection(headers);
    cache.set(headers, section);
  }
  return section;
}

/** @throws {RpcError} BadRequest naming a header that is a list or a table */
export function refuseNested(headers: ReadonlyHeaders): void {
  for (const [name, value] of headers) {
    if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Uint8Array)
      continue;
    refuse(name, "is a list or a table, which this broker does not carry");
  }
}

function encodeSection(headers: ReadonlyHeaders): Buffer {
  const writer = new AmqpWriter();
  writer.descriptor(APPLICATION_PROPERTIES);
  const map = writer.beginMap();
  for (const [name, value] of headers) {
    writeName(writer, name, name);
    writeValue(writer, value, String(name), 1);
    if (writer.length > MAX_HEADER_BYTES) {
      throw new RpcError(
        "TooLarge",
        `the headers take more than the ${MAX_HEADER_BYTES} bytes that are carried`,
      );
    }
  }
  writer.end(map, 2 * headers.size);
  return writer.finish();
}

function writeName(writer: AmqpWriter, name: unknown, header: unknown): void {
  if (typeof name !== "string") refuse(header, "must be a text");
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) refuse(header, `is longer than ${MAX_NAME_BYTES} bytes`);
  writer.string(name);
}

/** Writes any header value. @throws {RpcError} BadRequest naming the header */
export function writeValue(writer: AmqpWriter, value: HeaderValue, header: string, depth: number): void {
  switch (typeof value) {
    case "string":
      writer.string(value);
      return;
    case "number":
      writeNumber(writer, value, header);
      return;
    case "boolean":
      writer.boolean(value);
      return;
    case "object":
      if (value === null) writer.null();
      else writeObject(writer, value, header, depth);
      return;
    default:
      refuse(header, `holds a ${typeof value}, which has no AMQP form`);
  }
}

/** Integers that fit are AMQP int: peers in Go and Java insist on it for the status. */
function writeNumber(writer: AmqpWriter, value: number, header: string): void {
  if (!Number.isFinite(value)) refuse(header, "holds a number that is not finite");
  if (!Number.isInteger(value) || Math.abs(value) >= INT64_BOUND) writer.double(value);
  else if (value >= MIN_INT32 && value <= MAX_INT32) writer.int(value);
  else writer.long(value);
}

function writeObject(writer: AmqpWriter, value: object, header: string, depth: number): void {
  if (value instanceof Uint8Array) {
    writer.binary(value);
    return;
  }
  if (value instanceof Date) {
    const ms = value.getTime();
    if (!(ms >= 0)) refuse(header, "holds a date that is invalid or before 1970");
    writer.timestamp(ms);
    return;
  }
  if (depth > MAX_DEPTH) refuse(header, `is circular, or nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    writeList(writer, value, header, depth);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) refuse(header, "holds an object of a class");
  const entries = Object.entries(value as Record<string, HeaderValue>);
  const map = writer.beginMap();
  for (const [name, item] of entries) {
    writeName(writer, name, header);
    writeValue(writer, item, header, depth + 1);
  }
  writer.end(map, 2 * entries.length);
}

function writeList(writer: AmqpWriter, items: readonly HeaderValue[], header: string, depth: number): void {
  if (items.length === 0) {
    writer.emptyList();
    return;
  }
  const list = writer.beginList();
  for (const item of items) writeValue(writer, item, header, depth + 1);
  writer.end(list, items.length);
}

function refuse(header: unknown, why: string): never {
  // The name is the user's own; it may be long.
  throw new RpcError("BadRequest", `the header "${String(header).slice(0, 60)}" ${why}`);
}
