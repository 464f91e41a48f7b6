import {
  checkDuration,
  checkInteger,
  checkKnown,
  MethodScope,
  type ServerCall,
  wrong,
} from "@porthos-rpc/protocol";

/** What is allowed; at least one of `concurrent` and `rate`. */
export interface Bounds {
  /** How many calls run at a time, 1 to 1,000,000. @default any number */
  readonly concurrent?: number;
  /** How many calls begin each second, on the whole: more than 0, at most 1,000,000. @default any number */
  readonly rate?: number;
  /** How many may begin at once after a quiet time, 1 to 1,000,000. Only with `rate`. @default what comes in a second, at least 1 */
  readonly burst?: number;
}

/** How `concurrent` follows the time that requests wait in the queue. */
export interface AdaptiveOptions {
  /** Requests that were longer on their way and in the queue say that there is too much to do, in milliseconds. @default 500 */
  readonly targetAgeMs?: number;
  /** So many run at a time in any case, 1 to `concurrent`. @default 1 */
  readonly minConcurrent?: number;
}

export interface LimitOptions extends Bounds {
  /**
   * Bounds of methods, beside those of all: by name, or with one `*` at its beginning or end, which bounds all methods that fit together. All that
   * fit a method bound it. On a server the start fails for one that fits none. @default none
   */
  readonly methods?: Readonly<Record<string, Bounds>>;
  /** Bounds of each caller, beside those of all. Servers only. @default none */
  readonly perCaller?: Bounds;
  /**
   * Who calls, for `perCaller`: what an auth extension knows of him, say. Those for whom it returns undefined are bounded together, as if they were one
   * caller; so are those for whom it throws or returns anything else than a text, which is reported. Servers only. @default the caller's own
   * word (`clientId`)
   */
  readonly by?: (call: ServerCall) => string | undefined;
  /** Of so many callers it is known what they did; of more, those who have not called for longest are forgotten. 1 to 1,000,000. @default 10_000 */
  readonly maxCallers?: number;
  /** Lets `concurrent` fall and rise with the age of requests. Servers only. @default it stays */
  readonly adaptive?: AdaptiveOptions;
}

export interface CheckedBounds {
  readonly concurrent: number | undefined;
  readonly rate: number | undefined;
  readonly burst: number;
}

/** Of all methods that fit one pattern. */
export interface CheckedMethods {
  readonly scope: MethodScope;
  readonly bounds: CheckedBounds;
}

export interface CheckedLimitOptions {
  readonly all: CheckedBounds | undefined;
  readonly methods: readonly CheckedMethods[];
  readonly perCaller: CheckedBounds | undefined;
  readonly by: ((call: ServerCall) => string | undefined) | undefined;
  readonly maxCallers: number;
  readonly adaptive: Required<AdaptiveOptions> | undefined;
}

const WHERE = "limit";
const MOST = 1_000_000;
const KNOWN_BOUNDS: readonly (keyof Bounds)[] = ["concurrent", "rate", "burst"];
const KNOWN: readonly (keyof LimitOptions)[] = [
  ...KNOWN_BOUNDS,
  "methods",
  "perCaller",
  "by",
  "maxCallers",
  "adaptive",
];

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkLimitOptions(options: LimitOptions): CheckedLimitOptions {
  checkKnown(WHERE, options, KNOWN);
  const { perCaller, by, adaptive, methods = {} } = options;
  const all = checkBounds(WHERE, options);
  if (all === undefined && perCaller === undefined && options.methods === undefined)
    throw new TypeError(`${WHERE}: expected one of the options concurrent, rate, methods, perCaller`);
  if (by !== undefined && typeof by !== "function") throw wrong(WHERE, "by", "a function", by);
  if (by !== undefined && perCaller === undefined)
    throw wrong(WHERE, "perCaller", "given with by", perCaller);
  checkKnown(`${WHERE} methods`, methods, Object.keys(methods));
  return {
    all,
    methods: Object.entries(methods).map(([name, bounds]) => ({
      scope: new MethodScope(WHERE, WHERE, [name]),
      bounds: demand(`${WHERE} methods.${name}`, bounds),
    })),
    perCaller: perCaller && demand(`${WHERE} perCaller`, perCaller),
    by,
    maxCallers: checkInteger(WHERE, "maxCallers", options.maxCallers, {
      min: 1,
      max: MOST,
      fallback: 10_000,
    }),
    adaptive: adaptive && checkAdaptive(adaptive, all?.concurrent),
  };
}

function checkAdaptive(adaptive: AdaptiveOptions, concurrent: number | undefined): Required<AdaptiveOptions> {
  const where = `${WHERE} adaptive`;
  checkKnown(where, adaptive, ["targetAgeMs", "minConcurrent"]);
  if (concurrent === undefined) throw wrong(WHERE, "concurrent", "given with adaptive", concurrent);
  return {
    targetAgeMs: checkDuration(where, "targetAgeMs", adaptive.targetAgeMs, 500),
    minConcurrent: checkInteger(where, "minConcurrent", adaptive.minConcurrent, {
      min: 1,
      max: concurrent,
      fallback: 1,
    }),
  };
}

/** Of a part of the options, where bounds must be. */
function demand(where: string, bounds: Bounds): CheckedBounds {
  checkKnown(where, bounds, KNOWN_BOUNDS);
  const checked = checkBounds(where, bounds);
  if (checked === undefined) throw new TypeError(`${where}: expected one of the options concurrent, rate`);
  return checked;
}

/** Undefined if there are none. */
function checkBounds(where: string, { concurrent, rate, burst }: Bounds): CheckedBounds | undefined {
  if (concurrent !== undefined)
    checkInteger(where, "concurrent", concurrent, { min: 1, max: MOST, fallback: 1 });
  if (rate !== undefined && !(typeof rate === "number" && rate > 0 && rate <= MOST))
    throw wrong(where, "rate", `a number more than 0 and at most ${MOST}`, rate);
  if (burst !== undefined && rate === undefined) throw wrong(where, "rate", "given with burst", rate);
  const fallback = Math.max(1, Math.ceil(rate ?? 1));
  const checkedBurst = checkInteger(where, "burst", burst, { min: 1, max: MOST, fallback });
  if (concurrent === undefined && rate === undefined) return undefined;
  return { concurrent, rate, burst: checkedBurst };
}
