import {
  checkDuration,
  checkInteger,
  checkKnown,
  checkOneOf,
  type Extension,
  type ResponseEnvelope,
  type ServerCall,
  wrong,
} from "@porthos-rpc/protocol";
import { isKept } from "./kept-answer.js";
import { type RunSettings, Runs } from "./runs.js";
import type { IdempotencyStore } from "./store.js";

export interface IdempotencyOptions {
  /** Where runs and answers are kept: `memoryStore()`, `redisStore(client)` or one of your own. */
  readonly store: IdempotencyStore;
  /**
   * The lease of a request that runs, in milliseconds: so long it waits when its process has died, until the next to ask runs it. It is renewed
   * every third of it while the request runs, and for ten times as long at most when it was told to end and does not. 100 to 3,600,000. @default 30_000
   */
  readonly lockMs?: number;
  /** How long an answer is kept, in milliseconds. @default 86_400_000 (a day) */
  readonly keepMs?: number;
  /**
   * Answers with longer bodies are not kept, and counted. Their request does not run again either: it is answered 409. 0 to 16,777,216.
   * @default 262_144 (256 KiB)
   */
  readonly maxBodyBytes?: number;
  /**
   * What becomes of a request while the store is away: `refuse` answers 503, `executed: "no"`, with Retry-After, and keeps a one-way request
   * waiting, in one of the server's slots, until its time or the server's is over: then it is lost; `run` runs it, though it may have run. @default "refuse"
   */
  readonly whenStoreFails?: "refuse" | "run";
  /** How long the store is waited for, in milliseconds, each time, and never longer than half of what the caller waits still, while he does. @default 1_000 */
  readonly storeTimeoutMs?: number;
  /**
   * What keeps the keys of different callers apart, such as the tenant that an `auth` extension has found. Without it who knows, or guesses, another's
   * key, and what he sent with it, gets his answer. @default the same for all
   */
  readonly scope?: (call: ServerCall) => string;
  /**
   * Whether an answer is kept, and its request so never runs again. @default all but 5xx, 408, 425, 429, and what says
   * `executed: "no"`
   */
  readonly keep?: (response: ResponseEnvelope, call: ServerCall) => boolean;
}

const STORE_METHODS = ["begin", "renew", "complete", "abandon"] as const;

const KNOWN = [
  "store",
  "lockMs",
  "keepMs",
  "maxBodyBytes",
  "whenStoreFails",
  "storeTimeoutMs",
  "scope",
  "keep",
];

/**
 * Runs each request once, and answers it from the store when it comes again: to another process, or after a restart. The same is what has the
 * same `Idempotency-Key` header, service, method and scope, else the same call id. It runs again (at least once) if its process dies before its answer
 * is kept, when the lease is over. One that comes while it runs elsewhere waits for that, within its deadline, and is answered 503 otherwise.
 * @throws {TypeError} for a wrong option, by name.
 */
export function idempotency(options: IdempotencyOptions): Extension {
  const settings = checked(options);
  const { store, lockMs, keepMs, maxBodyBytes, whenStoreFails, storeTimeoutMs } = settings;
  let runs: Runs | undefined;
  let isRunning = false;

  return {
    name: "idempotency",
    apiVersion: 1,
    server: {
      start(host) {
        if (isRunning)
          throw new TypeError("idempotency: it is part of a server already; make one for each server");
        isRunning = true;
        runs = new Runs(host, settings);
      },
      wrap: {
        phase: "idempotency",
        run: (call, next) => (runs === undefined ? next(call) : runs.run(call, next)),
      },
      stop() {
        runs?.stop();
        isRunning = false;
      },
      describe: () => ({
        store: store.describe?.(),
        lockMs,
        keepMs,
        maxBodyBytes,
        whenStoreFails,
        storeTimeoutMs,
        ...runs?.counts,
      }),
    },
  };
}

function checked(options: IdempotencyOptions): RunSettings {
  const where = "idempotency";
  checkKnown(where, options, KNOWN);
  const { store, scope, keep } = options;
  if (STORE_METHODS.some((name) => typeof store?.[name] !== "function"))
    throw wrong(where, "store", `a store, with ${STORE_METHODS.join(", ")}, such as memoryStore()`, store);
  for (const [name, value] of [
    ["scope", scope],
    ["keep", keep],
  ] as const) {
    if (value !== undefined && typeof value !== "function") throw wrong(where, name, "a function", value);
  }
  const integer = (name: "lockMs" | "maxBodyBytes", min: number, max: number, fallback: number): number =>
    checkInteger(where, name, options[name], { min, max, fallback });
  return {
    store,
    lockMs: integer("lockMs", 100, 3_600_000, 30_000),
    keepMs: checkDuration(where, "keepMs", options.keepMs, 86_400_000),
    maxBodyBytes: integer("maxBodyBytes", 0, 16 * 1024 * 1024, 256 * 1024),
    whenStoreFails: checkOneOf(where, "whenStoreFails", options.whenStoreFails, ["refuse", "run"], "refuse"),
    storeTimeoutMs: checkDuration(where, "storeTimeoutMs", options.storeTimeoutMs, 1_000),
    scope,
    keep: keep ?? isKept,
  };
}
