import type { Executed } from "./errors.js";

/** What a refusal may say beyond its status and its words. */
export interface RefusalInit {
  /** A short name of the kind of refusal. @default the status' own, e.g. "Forbidden" */
  readonly title?: string;
  /** Whether the handler ran. @default "no" */
  readonly executed?: Executed;
  /** When it may be otherwise, in milliseconds from now. The caller gets it in whole seconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** From the global registry, so that two installed copies of this package recognise each other's. */
const BRAND = Symbol.for("porthos.Refusal");

/** Of the statuses that refusals mostly have. */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  409: "Conflict",
  413: "Too large",
  415: "Unsupported content type",
  422: "Unprocessable",
  429: "Overloaded",
  500: "Internal error",
  503: "Unavailable",
};

/**
 * What an extension of a server throws to answer a request instead of its handler: its words are meant for the caller. What else it throws is
 * its own trouble, and the caller gets 500 without a word: an `RpcError` among it, which may come from a call that the extension made itself.
 * `instanceof Refusal` holds across two installed copies of the package.
 */
export class Refusal extends Error {
  readonly status: number;
  readonly title: string;
  readonly executed: Executed;
  readonly retryAfterMs: number | undefined;

  /**
   * @param status 400 to 599; 429 is `Overloaded` for the caller, others `Remote`
   * @param detail what the caller may know, and what he can do about it: no secret, no other caller's data
   */
  constructor(status: number, detail: string, init: RefusalInit = {}) {
    super(detail, init.cause === undefined ? undefined : { cause: init.cause });
    this.status = Number.isInteger(status) && status >= 400 && status <= 599 ? status : 500;
    this.title = init.title ?? TITLES[this.status] ?? "Refused";
    this.executed = init.executed ?? "no";
    this.retryAfterMs = init.retryAfterMs;
  }

  static {
    // As in errors.ts: not by the class's own name.
    // biome-ignore lint/complexity/noThisInStatic: see above
    const { prototype } = this;
    Object.defineProperty(prototype, "name", { value: "Refusal", configurable: true, writable: true });
    Object.defineProperty(prototype, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is Refusal {
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
