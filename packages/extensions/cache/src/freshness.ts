import { type HeaderValue, isOk, MAX_DURATION_MS, type ResponseEnvelope } from "@porthos-rpc/protocol";

export interface FreshnessSettings {
  readonly ttlMs: number;
  /** Names of request headers that count, in lower case. */
  readonly vary: ReadonlySet<string>;
  /** Whether different callers share what is kept. */
  readonly isShared: boolean;
}

/**
 * For how long an answer may be given again, in milliseconds: 0 for not at all, undefined if it is nobody's but its caller's, so that not even those get
 * it who have asked at the same time. By its own word (`Cache-Control`, `Vary`, as HTTP has them: RFC 9111), else by the settings.
 */
export function freshForMs(
  { statusCode, headers }: ResponseEnvelope,
  settings: FreshnessSettings,
): number | undefined {
  let forMs: number | undefined = settings.ttlMs;
  for (const [name, value] of headers ?? []) {
    switch (name.toLowerCase()) {
      case "cache-control":
        forMs = saidBy(value, settings);
        if (forMs === undefined) return undefined;
        break;
      case "vary":
        if (!isCovered(value, settings.vary)) return undefined;
        break;
      case "set-cookie":
        return undefined;
    }
  }
  return isOk(statusCode) ? forMs : 0;
}

/** What cannot be read may say anything. */
function saidBy(value: HeaderValue, { ttlMs, isShared }: FreshnessSettings): number | undefined {
  if (typeof value !== "string") return undefined;
  let forMs = ttlMs;
  for (const directive of partsOf(value)) {
    if (directive === "no-store" || directive === "no-cache") return undefined;
    // With or without the names of fields.
    if (isShared && /^private\b/.test(directive)) return undefined;
    if (!directive.startsWith("max-age")) continue;
    const seconds = /^max-age="?(\d+)"?$/.exec(directive)?.[1];
    forMs = Math.min(Number(seconds ?? 0) * 1_000, MAX_DURATION_MS);
  }
  return forMs;
}

/** Whether all that the answer depends on is told apart. */
function isCovered(value: HeaderValue, vary: ReadonlySet<string>): boolean {
  return typeof value === "string" && partsOf(value).every((name) => vary.has(name));
}

function partsOf(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== "");
}
