import type { HeaderValue, ReadonlyHeaders } from "@porthos-rpc/protocol";
import { REDACTED } from "./redaction.js";

/** A line is no place for more of them, or of one of them. */
const MAX_HEADERS = 64;
const MAX_CHARACTERS = 256;

/** Never shown, in whatever case they are written. */
const SECRETS = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"];

/** What a line shows of headers. */
export class ShownHeaders {
  readonly #hidden: ReadonlySet<string>;

  /** @param hidden more names that are not shown */
  constructor(hidden: Iterable<string>) {
    this.#hidden = new Set([...SECRETS, ...hidden].map((name) => name.toLowerCase()));
  }

  of(headers: ReadonlyHeaders | undefined): Readonly<Record<string, unknown>> | undefined {
    if (headers === undefined || headers.size === 0) return undefined;
    const entries = [...headers]
      .slice(0, MAX_HEADERS)
      .map(([name, value]) => [name, this.#shown(name, value)]);
    // fromEntries, since a header may be called __proto__.
    return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
  }

  #shown(name: string, value: HeaderValue): unknown {
    if (this.#hidden.has(name.toLowerCase()) || this.#hidden.has("*")) return REDACTED;
    if (typeof value === "string" && value.length > MAX_CHARACTERS)
      return `${value.slice(0, MAX_CHARACTERS)}…`;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "<no date>" : value.toISOString();
    if (value instanceof Uint8Array) return `<${value.length} bytes>`;
    if (typeof value === "object" && value !== null) return Array.isArray(value) ? "<list>" : "<table>";
    return value;
  }
}
