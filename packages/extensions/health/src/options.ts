import { checkDuration, checkInteger, checkKnown, checkText, wrong } from "@porthos-rpc/protocol";
import type { Check } from "./checks.js";

export interface HealthOptions {
  /** Of the HTTP probe, 0 to 65,535; 0: any that is free, which its `port` tells. Without it there is no probe. @default none */
  readonly port?: number;
  /** The address that the probe binds to. @default all of the machine's */
  readonly host?: string;
  /** Where the probe tells whether it is ready. @default "/readyz" */
  readonly readyPath?: string;
  /** Where the probe tells whether it is alive. @default "/livez" */
  readonly livePath?: string;
  /**
   * What has to be well besides for it to be ready, by name: at most 20. A check that throws, rejects or gives `false` fails. It runs once a second at most,
   * and not again before it has ended. @default none
   */
  readonly checks?: Readonly<Record<string, Check>>;
  /** How long a check may take, in milliseconds, at most 60,000; then its signal is aborted, and it is `late`. @default 1_000 */
  readonly checkTimeoutMs?: number;
  /** How late the event loop's timers may mostly be before the process counts as dead, in milliseconds. @default 1_000 */
  readonly maxLagMs?: number;
}

export interface CheckedHealthOptions {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly readyPath: string;
  readonly livePath: string;
  readonly checks: ReadonlyMap<string, Check>;
  readonly checkTimeoutMs: number;
  readonly maxLagMs: number;
}

const KNOWN = ["port", "host", "readyPath", "livePath", "checks", "checkTimeoutMs", "maxLagMs"];
const MAX_CHECKS = 20;
const MAX_CHECK_MS = 60_000;
const PATH = /^\/[\w\-.~/]{0,199}$/;

/** @throws {TypeError} that names the wrong option. */
export function checkHealthOptions(options: HealthOptions): CheckedHealthOptions {
  checkKnown("health", options, KNOWN);
  const { port, host } = options;
  if (port !== undefined) checkInteger("health", "port", port, { min: 0, max: 65_535, fallback: 0 });
  if (host !== undefined) checkText("health", "host", host, 255);
  if (host !== undefined && port === undefined) throw wrong("health", "port", "given with host", port);
  const readyPath = checkPath("readyPath", options.readyPath, "/readyz");
  const livePath = checkPath("livePath", options.livePath, "/livez");
  if (readyPath === livePath) throw wrong("health", "livePath", "another path than readyPath", livePath);
  const checkTimeoutMs = checkDuration("health", "checkTimeoutMs", options.checkTimeoutMs, 1_000);
  if (checkTimeoutMs > MAX_CHECK_MS)
    throw wrong("health", "checkTimeoutMs", `at most ${MAX_CHECK_MS}`, checkTimeoutMs);
  const maxLagMs = checkDuration("health", "maxLagMs", options.maxLagMs, 1_000);
  return { port, host, readyPath, livePath, checks: checkChecks(options.checks), checkTimeoutMs, maxLagMs };
}

function checkPath(name: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== "string" || !PATH.test(value))
    throw wrong("health", name, "a path such as /readyz, of letters, digits and -._~/, at most 200", value);
  return value;
}

function checkChecks(checks: unknown): ReadonlyMap<string, Check> {
  if (checks === undefined) return new Map();
  if (typeof checks !== "object" || checks === null || Array.isArray(checks))
    throw wrong("health", "checks", "an object of functions", checks);
  const entries = Object.entries(checks as Readonly<Record<string, Check>>);
  if (entries.length > MAX_CHECKS)
    throw wrong("health", "checks", `an object of at most ${MAX_CHECKS} functions`, entries.length);
  for (const [name, check] of entries)
    if (typeof check !== "function") throw wrong("health", `checks.${name}`, "a function", check);
  return new Map(entries);
}
