import { RpcError } from "./errors.js";
import { fromBase64 } from "./values-codec-base64.js";
import { MAX_BIGINT_DIGITS, MAX_DEPTH } from "./values-codec-limits.js";

/** The value that a JSON value stands for. @throws {RpcError} BadRequest for what stands for none. */
export function fromTagged(json: unknown): unknown {
  return decode(json, 0);
}

/** @param depth how many values this one stands in */
function decode(json: unknown, depth: number): unknown {
  if (typeof json === "number") {
    // JSON.parse makes Infinity of 1e999.
    if (!Number.isFinite(json)) throw refused("a number out of range");
    return json;
  }
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return decodeAll(json, depth);
  const names = Object.keys(json);
  const tag = names.find((name) => name.startsWith("$") && !name.startsWith("$$"));
  if (tag === undefined) return decodeMembers(json, depth);
  if (names.length > 1) throw refused("a name with one $ beside others");
  return decodeTag(tag, (json as Record<string, unknown>)[tag], depth);
}

function decodeAll(items: readonly unknown[], depth: number): unknown[] {
  checkDepth(depth);
  return items.map((item) => decode(item, depth + 1));
}

function decodeMembers(json: object, depth: number): unknown {
  checkDepth(depth);
  // fromEntries defines members, __proto__ too, and never assigns them.
  return Object.fromEntries(
    Object.entries(json).map(([name, item]) => [
      name.startsWith("$$") ? name.slice(1) : name,
      decode(item, depth + 1),
    ]),
  );
}

/** What stands behind a tag; undefined where its content is not of the form that it must have. */
function decodeTag(tag: string, content: unknown, depth: number): unknown {
  switch (tag) {
    case "$undefined":
      if (content !== true) throw wrongContent(tag);
      return undefined;
    case "$number":
      return decodeNumber(content);
    case "$date":
      return decodeDate(content);
    case "$bigint":
      return decodeBigint(content);
    case "$bytes":
      return decodeBytes(content);
    case "$set":
      if (!Array.isArray(content)) throw wrongContent(tag);
      return new Set(decodeAll(content, depth));
    case "$map":
      return decodeMap(content, depth);
    default:
      throw refused("a name with one $ that stands for nothing");
  }
}

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

function decodeNumber(content: unknown): number {
  const number = NUMBERS.get(content);
  if (number === undefined) throw wrongContent("$number");
  return number;
}

function decodeDate(content: unknown): Date {
  const date = new Date(typeof content === "number" && Number.isInteger(content) ? content : Number.NaN);
  if (Number.isNaN(date.getTime())) throw wrongContent("$date");
  return date;
}

const BIGINT = /^(?:0|-?[1-9][0-9]*)$/;

function decodeBigint(content: unknown): bigint {
  if (typeof content !== "string" || !BIGINT.test(content)) throw wrongContent("$bigint");
  if (content.replace("-", "").length > MAX_BIGINT_DIGITS) {
    throw refused(`a bigint of more than ${MAX_BIGINT_DIGITS} digits`);
  }
  return BigInt(content);
}

function decodeBytes(content: unknown): Uint8Array {
  const bytes = typeof content === "string" ? fromBase64(content) : undefined;
  if (bytes === undefined) throw wrongContent("$bytes");
  return bytes;
}

function decodeMap(content: unknown, depth: number): Map<unknown, unknown> {
  checkDepth(depth);
  if (!Array.isArray(content)) throw wrongContent("$map");
  return new Map(
    content.map((entry: unknown) => {
      if (!Array.isArray(entry) || entry.length !== 2) throw wrongContent("$map");
      return [decode(entry[0], depth + 1), decode(entry[1], depth + 1)] as const;
    }),
  );
}

function checkDepth(depth: number): void {
  if (depth >= MAX_DEPTH) throw refused(`more than ${MAX_DEPTH} levels`);
}

function wrongContent(tag: string): RpcError {
  return refused(`a ${tag} whose content is not of its form`);
}

function refused(what: string): RpcError {
  return new RpcError("BadRequest", `the value cannot be decoded: it holds ${what}`);
}
