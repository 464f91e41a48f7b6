/**
 * What a caller, and a retry, can know about whether the handler ran.
 * `no`: it did not and will not. `maybe`: nobody can tell. `yes`: it did.
 */
export type Executed = "no" | "maybe" | "yes";

export interface CodeEntry {
  /** The status that stands for the code where one is needed. */
  readonly status: number;
  /** Unless the thrower knows better. */
  readonly executed: Executed;
  /** Whether the same call may succeed later. Whether repeating it is safe is `executed`'s matter. */
  readonly retryable: boolean;
}

/**
 * The closed set of codes. Stable across major versions; messages are free to change.
 * docs/errors.md tells what each means and what to do about it; a test compares the two.
 */
export type RpcErrorCode =
  /** No answer within the call's timeout. */
  | "Timeout"
  /** The caller gave up. */
  | "Cancelled"
  /** The broker cannot be reached, or was lost while the call was under way. */
  | "Unavailable"
  /** Nobody has declared the service's queue. */
  | "NoService"
  /** A bound was reached: pending calls, unconfirmed sends, the queue's length. */
  | "Overloaded"
  /** The message is larger than a limit on its way. */
  | "TooLarge"
  /** The request cannot be encoded, or the server could not decode it. */
  | "BadRequest"
  /** The reply cannot be decoded. */
  | "BadReply"
  /** The service answered with a status outside 200-299. */
  | "Remote"
  /** The client, server or transport was closed. */
  | "Closed"
  /** It can never work as configured: credentials, permissions, virtual host, TLS, a queue of another shape. */
  | "Config";

/** What each code says unless the thrower knows better. */
export const ERROR_CODES: Readonly<Record<RpcErrorCode, CodeEntry>> = {
  Timeout: { status: 504, executed: "maybe", retryable: true },
  Cancelled: { status: 499, executed: "maybe", retryable: false },
  Unavailable: { status: 503, executed: "maybe", retryable: true },
  NoService: { status: 503, executed: "no", retryable: true },
  Overloaded: { status: 429, executed: "no", retryable: true },
  TooLarge: { status: 413, executed: "no", retryable: false },
  BadRequest: { status: 400, executed: "no", retryable: false },
  BadReply: { status: 502, executed: "yes", retryable: false },
  Remote: { status: 500, executed: "yes", retryable: false },
  Closed: { status: 503, executed: "no", retryable: false },
  Config: { status: 500, executed: "no", retryable: false },
};

/** What an error may say beyond its code. What is left out comes from the code's row in `ERROR_CODES`. */
export interface RpcErrorInit {
  readonly executed?: Executed;
  readonly status?: number;
  readonly retryable?: boolean;
  /** Decoded content of an error reply: a stranger's data. */
  readonly details?: unknown;
  readonly cause?: unknown;
}

/** From the global registry, so that two installed copies of this package recognise each other's errors. */
const BRAND = Symbol.for("porthos.RpcError");

/**
 * The one error class of the project: how a call ends that has no answer.
 * `instanceof RpcError` holds across two installed copies of the package.
 */
export class RpcError extends Error {
  readonly code: RpcErrorCode;
  /** Whether the handler ran: what a retry needs to know. */
  readonly executed: Executed;
  /** An HTTP-like status: the peer's if it answered, else the code's. */
  readonly status: number;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly details: unknown;

  constructor(code: RpcErrorCode, message: string, init: RpcErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    const entry: CodeEntry = ERROR_CODES[code];
    this.code = code;
    this.executed = init.executed ?? entry.executed;
    this.status = init.status ?? entry.status;
    this.retryable = init.retryable ?? entry.retryable;
    this.details = init.details;
  }

  static {
    // Not by the class's own name: esbuild would call it `_RpcError` then, and Node prints that with every error.
    // biome-ignore lint/complexity/noThisInStatic: see above
    const { prototype } = this;
    // On the prototype, not per instance: an own `name` would be printed with every error.
    Object.defineProperty(prototype, "name", { value: "RpcError", configurable: true, writable: true });
    Object.defineProperty(prototype, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is RpcError {
    const ordinary = Function.prototype[Symbol.hasInstance];
    // Inherited by subclasses, and not every RpcError is one of theirs.
    // biome-ignore lint/complexity/noThisInStatic: which class was asked is the question
    if (!Object.hasOwn(this.prototype, BRAND)) return ordinary.call(this, value);
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /** What a log needs, without stack and cause (both may hold more than a log should). */
  toJSON(): Record<string, unknown> {
    const { name, code, message, executed, status, retryable, details } = this;
    return {
      name,
      code,
      message,
      executed,
      status,
      retryable,
      ...(details === undefined ? {} : { details }),
    };
  }
}
