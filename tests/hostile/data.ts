import type { Headers, HeaderValue } from "@porthos-rpc/protocol";
import type { Bytes, Header, Odd } from "./entry.js";

/** The bytes that an entry writes short. */
export function bytesOf(bytes: Bytes): Buffer {
  if (typeof bytes === "string") return Buffer.from(bytes);
  if (Array.isArray(bytes)) return Buffer.concat(bytes.map(bytesOf));
  if ("hex" in bytes) return Buffer.from(bytes.hex, "hex");
  if ("numbered" in bytes) {
    const { numbered, of, between } = bytes;
    const parts = Array.from({ length: numbered }, (_, number) => of.replaceAll("#", String(number)));
    return Buffer.from(parts.join(between));
  }
  const { times, of } = bytes as { readonly times: number; readonly of: Bytes };
  const one = bytesOf(of);
  return Buffer.alloc(one.length * times, one);
}

export function headersOf(headers: readonly (readonly [string, Header])[]): Headers {
  const map: Headers = new Map();
  for (const [name, value] of headers) map.set(nameOf(name, value), headerOf(value));
  return map;
}

function nameOf(name: string, value: Header): string {
  return isA(value, "odd") && value.odd === "number as a name" ? (7 as unknown as string) : name;
}

function isA<K extends string>(value: Header, key: K): value is Extract<Header, Record<K, unknown>> {
  return typeof value === "object" && value !== null && key in value;
}

function headerOf(value: Header): HeaderValue {
  if (typeof value !== "object" || value === null) return value;
  if (isA(value, "text")) return bytesOf(value.text).toString();
  if (isA(value, "bytes")) return new Uint8Array(bytesOf(value.bytes));
  if (isA(value, "date")) return new Date(value.date);
  if (isA(value, "list")) return value.list.map(headerOf);
  if (isA(value, "table")) return tableOf(value.table);
  if (isA(value, "nested")) return nested(value.nested, value.depth);
  return ODD[value.odd]();
}

function tableOf(entries: readonly (readonly [string, Header])[]): HeaderValue {
  const table: Record<string, HeaderValue> = Object.create(null);
  for (const [name, value] of entries) table[name] = headerOf(value);
  return table;
}

function nested(kind: "list" | "table", depth: number): HeaderValue {
  let value: HeaderValue = "innermost";
  for (let level = 0; level < depth; level++) value = kind === "list" ? [value] : { inner: value };
  return value;
}

class Own {
  readonly held = true;
}

const ODD: Readonly<Record<Odd, () => HeaderValue>> = {
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  "-Infinity": () => Number.NEGATIVE_INFINITY,
  bigint: () => 1n as never,
  function: () => (() => {}) as never,
  symbol: () => Symbol("hostile") as never,
  undefined: () => undefined as never,
  "circular list": () => {
    const list: HeaderValue[] = [];
    list.push(list);
    return list;
  },
  "circular table": () => {
    const table: Record<string, HeaderValue> = {};
    table["itself"] = table;
    return table;
  },
  "invalid date": () => new Date(Number.NaN),
  "object of a class": () => new Own() as never,
  "getter that throws": () =>
    Object.defineProperty({}, "trap", {
      enumerable: true,
      get: () => {
        throw new Error("looked at");
      },
    }),
  "number as a name": () => "value",
};
