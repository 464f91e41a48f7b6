import type { Random } from "../random.js";
import type { CallKind } from "../record.js";

/** One call to make. */
export type Plan = {
  readonly method: "look" | "charge" | "note" | "count";
  readonly kind: CallKind;
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  readonly workMs: number;
  /** When the caller gives it up; undefined: never. */
  readonly abortAfterMs: number | undefined;
  readonly items: number;
};

type Sort = Pick<Plan, "method" | "kind"> & {
  readonly weight: number;
  /** `long` is so long that an outage is over by then. */
  readonly deadline: "long" | readonly [minMs: number, maxMs: number];
  readonly workMs: readonly [min: number, max: number];
  readonly aborts?: true;
};

const QUICK = [0, 20] as const;

/** What is called, and how often of a hundred. */
const SORTS: readonly Sort[] = [
  { weight: 45, method: "look", kind: "call", deadline: "long", workMs: QUICK },
  { weight: 15, method: "charge", kind: "call", deadline: "long", workMs: QUICK },
  { weight: 10, method: "look", kind: "call", deadline: [200, 2_000], workMs: QUICK },
  { weight: 15, method: "note", kind: "note", deadline: "long", workMs: QUICK },
  { weight: 5, method: "look", kind: "call", deadline: "long", workMs: [200, 800] },
  { weight: 5, method: "charge", kind: "call", deadline: "long", workMs: [0, 300], aborts: true },
  { weight: 5, method: "count", kind: "stream", deadline: "long", workMs: [0, 5] },
];

export function nextCall(random: Random, longDeadlineMs: number): Plan {
  const { method, kind, deadline, workMs, aborts } = random.pick(SORTS);
  return {
    method,
    kind,
    idempotent: method === "look",
    timeoutMs: deadline === "long" ? longDeadlineMs : random.whole(...deadline),
    workMs: random.whole(...workMs),
    abortAfterMs: aborts === undefined ? undefined : random.whole(0, 300),
    items: method === "count" ? random.whole(1, 20) : 0,
  };
}
