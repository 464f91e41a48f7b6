import { RpcError } from "./errors.js";
import type { JsonLimits } from "./json-limits.js";
import { fromBase64 } from "./values-codec-base64.js";
import { MAX_BIGINT_DIGITS, Names } from "./values-codec-limits.js";

/** The value that a JSON value stands for. @throws {RpcError} BadRequest for what stands for none. */
export function fromTagged(json: unknown, limits: JsonLimits): unknown {
  return new Reading(limits).decode(json, 0);
}

class Reading {
  readonly #maxDepth: number;
  readonly #names: Names;

  constructor(limits: JsonLimits) {
    this.#maxDepth = limits.maxJsonDepth;
    this.#names = new Names(limits);
  }

  /** @param depth how many values this one stands in */
  decode(json: unknown, depth: number): unknown {
    if (typeof json === "number") {
      // JSON.parse makes Infinity of 1e999.
      if (!Number.isFinite(json)) throw refused("a number out of range");
      return json;
    }
    if (typeof json !== "object" || json === null) return json;
    if (Array.isArray(json)) return this.#decodeAll(json, depth);
    const names = Object.keys(json);
    const tag = names.find((name) => name.startsWith("$") && !name.startsWith("$$"));
    if (tag === undefined) return this.#decodeMembers(json, depth);
    if (names.length > 1) throw refused("a name with one $ beside others");
    return this.#decodeTag(tag, (json as Record<string, unknown>)[tag], depth);
  }

  #decodeAll(items: readonly unknown[], depth: number): unknown[] {
    this.#checkDepth(depth);
    return items.map((item) => this.decode(item, depth + 1));
  }

  #decodeMembers(json: object, depth: number): unknown {
    this.#checkDepth(depth);
    const members = Object.entries(json);
    if (!this.#names.take(members.length)) throw refused(this.#names.tooMany);
    // fromEntries defines members, and never assigns them.
    return Object.fromEntries(
      members.map(([name, item]) => [
        name.startsWith("$$") ? name.slice(1) : name,
        this.decode(item, depth + 1),
      ]),
    );
  }

  /** What stands behind a tag. @throws where its content is not of the form that it must have */
  #decodeTag(tag: string, content: unknown, depth: number): unknown {
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
        return new Set(this.#decodeAll(content, depth));
      case "$map":
        return this.#decodeMap(content, depth);
      default:
        throw refused("a name with one $ that stands for nothing");
    }
  }

  #decodeMap(content: unknown, depth: number): Map<unknown, unknown> {
    this.#checkDepth(depth);
    if (!Array.isArray(content)) throw wrongContent("$map");
    return new Map(
      content.map((entry: unknown) => {
        if (!Array.isArray(entry) || entry.length !== 2) throw wrongContent("$map");
        return [this.decode(entry[0], depth + 1), this.decode(entry[1], depth + 1)] as const;
      }),
    );
  }

  #checkDepth(depth: number): void {
    if (depth >= this.#maxDepth) throw refused(`more than ${this.#maxDepth} levels`);
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

function wrongContent(tag: string): RpcError {
  return refused(`a ${tag} whose content is not of its form`);
}

function refused(what: string): RpcError {
  return new RpcError("BadRequest", `the value cannot be decoded: it holds ${what}`);
}
