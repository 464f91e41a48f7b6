import {
  CONTRACT_HEADER,
  type HeaderValue,
  METHOD_HEADER,
  type ReadonlyHeaders,
  type RequestEnvelope,
  wrong,
} from "@porthos-rpc/protocol";

/** Headers that a caller sends with one call: a Map, or an object. Names of 1 to 128 characters; texts are carried by every broker. */
export type CallHeaders = ReadonlyHeaders | Readonly<Record<string, HeaderValue>>;

/** What the wire says by headers of its own. */
const OWN_NAMES = new Set([METHOD_HEADER, CONTRACT_HEADER].map((name) => name.toLowerCase()));
const OWN_PREFIX = "porthos-";
const MAX_NAME_LENGTH = 128;

/** @throws {TypeError} for what are no headers, and for names that the wire has for itself. */
export function checkCallHeaders(where: string, given: CallHeaders): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw wrong(where, "headers", "an object or a Map", given);
  }
  for (const [name, value] of entriesOf(given)) {
    if (typeof name !== "string" || name === "" || name.length > MAX_NAME_LENGTH) {
      throw wrong(where, "headers", `names of 1 to ${MAX_NAME_LENGTH} characters`, name);
    }
    const lower = name.toLowerCase();
    if (OWN_NAMES.has(lower) || lower.startsWith(OWN_PREFIX)) {
      throw new TypeError(`${where}: option headers: "${name}" is a header of the wire's own`);
    }
    if (value === undefined || typeof value === "function" || typeof value === "symbol") {
      throw wrong(
        where,
        `headers["${name}"]`,
        "a text, a number, true or false, bytes, a list or a table",
        value,
      );
    }
  }
}

function entriesOf(headers: CallHeaders): Iterable<readonly [string, HeaderValue]> {
  return headers instanceof Map ? headers : Object.entries(headers as Readonly<Record<string, HeaderValue>>);
}

/** The request with its caller's headers beside those that it has. */
export function withHeaders(request: RequestEnvelope, headers: CallHeaders | undefined): RequestEnvelope {
  return headers === undefined ? request : { ...request, headers: mergeHeaders(request.headers, headers) };
}

export function mergeHeaders(before: ReadonlyHeaders | undefined, more: CallHeaders): ReadonlyHeaders {
  return new Map([...(before ?? []), ...entriesOf(more)]);
}
