import {
  checkDuration,
  checkInteger,
  checkKnown,
  type Extension,
  type ExtensionHost,
  type ExtensionPart,
  MethodScope,
  wrong,
} from "@porthos-rpc/protocol";
import type { CachedCall } from "./cached-call.js";
import { Calls, type CallsSettings } from "./calls.js";

export interface CacheOptions {
  /** How long an answer is given again, in milliseconds, if it does not say so itself (`Cache-Control: max-age`). @default 10_000 */
  readonly ttlMs?: number;
  /** Answers that are kept at most; those that were asked for longest ago go first. 1 to 1,000,000. @default 1_000 */
  readonly maxEntries?: number;
  /** Of answers and what they are found by together, in bytes. 1,024 to 2^40. @default 16_777_216 (16 MiB) */
  readonly maxBytes?: number;
  /** Calls with longer bodies, and answers with longer ones, are let through. 0 to 16,777,216. @default 262_144 (256 KiB) */
  readonly maxBodyBytes?: number;
  /**
   * Names of request headers that answers depend on, in any case: calls in which they differ share none. Those that say who calls (`authorization`,
   * `proxy-authorization`, `cookie`, `x-api-key`) always do. At most 32. @default none
   */
  readonly vary?: readonly string[];
  /**
   * What else answers depend on, such as the caller that an `auth` extension has found: calls in which it differs share none. @default nothing
   */
  readonly scope?: (call: CachedCall) => string;
  /**
   * Names of methods whose answers may be given again, each with at most one `*`, at its beginning or end. On a server it must be given, since
   * requests do not say that they may be made twice; on a client only calls that are idempotent are cached anyway. @default all, on a client
   */
  readonly methods?: readonly string[];
}

/** Who calls, in whatever way it is said. */
const CREDENTIALS = ["authorization", "proxy-authorization", "cookie", "x-api-key"];
const MAX_VARY = 32;

const KNOWN = ["ttlMs", "maxEntries", "maxBytes", "maxBodyBytes", "vary", "scope", "methods"];

/**
 * Keeps the answers (200-299) of calls that may be made more than once, and gives them again for a while; calls that are the same and under way at
 * the same time are one, whose answer or failure all get. Each keeps its own deadline and can be given up by itself. The same are calls of the same method,
 * content type, body, and headers that count.
 * @throws {TypeError} for a wrong option, by name.
 */
export function cache(options: CacheOptions = {}): Extension {
  const settings = checked(options);
  const { ttlMs, maxEntries, maxBytes, maxBodyBytes, vary, methods } = settings;
  let calls: Calls | undefined;
  let isRunning = false;

  const part: Pick<ExtensionPart<CachedCall, object, "cache">, "wrap" | "start" | "stop" | "describe"> = {
    start(host) {
      if (isRunning)
        throw new TypeError("cache: it is part of a client or server already; make one for each");
      if (host.side === "server") checkMethods(methods, host);
      isRunning = true;
      calls = new Calls(host, settings);
    },
    wrap: {
      phase: "cache",
      run: (call, next) => (calls === undefined ? next(call) : calls.run(call, next)),
    },
    stop() {
      calls?.stop();
      isRunning = false;
    },
    describe: () => ({
      ttlMs,
      maxEntries,
      maxBytes,
      maxBodyBytes,
      vary: [...vary],
      ...(methods === undefined ? {} : { methods: methods.patterns }),
      ...calls?.counts,
    }),
  };
  return { name: "cache", apiVersion: 1, client: part as never, server: part as never };
}

function checked(options: CacheOptions): CallsSettings {
  const where = "cache";
  checkKnown(where, options, KNOWN);
  const { scope, vary = [], methods } = options;
  if (scope !== undefined && typeof scope !== "function") throw wrong(where, "scope", "a function", scope);
  if (!areTexts(vary) || vary.length > MAX_VARY)
    throw wrong(where, "vary", `a list of at most ${MAX_VARY} names of headers`, vary);
  const integer = (
    name: "maxEntries" | "maxBytes" | "maxBodyBytes",
    min: number,
    max: number,
    fallback: number,
  ): number => checkInteger(where, name, options[name], { min, max, fallback });
  return {
    ttlMs: Math.ceil(checkDuration(where, "ttlMs", options.ttlMs, 10_000)),
    maxEntries: integer("maxEntries", 1, 1_000_000, 1_000),
    maxBytes: integer("maxBytes", 1_024, 2 ** 40, 16 * 1024 * 1024),
    maxBodyBytes: integer("maxBodyBytes", 0, 16 * 1024 * 1024, 256 * 1024),
    vary: new Set([...CREDENTIALS, ...vary.map((name) => name.toLowerCase())]),
    scope,
    methods: methods === undefined ? undefined : new MethodScope(where, "cache", methods),
  };
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string" && each !== "");
}

/** On a server somebody must have thought of each. */
function checkMethods(methods: MethodScope | undefined, host: ExtensionHost): void {
  if (methods === undefined) {
    throw new TypeError(
      'cache: on a server the option "methods" must name those whose answers may be given again',
    );
  }
  const [unfit] = methods.without([...host.methods.keys()]);
  if (unfit === undefined) return;
  throw new TypeError(`cache: option "methods": ${host.service} has no method that fits "${unfit}"`);
}
