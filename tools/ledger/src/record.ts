/*
 * What a ledger is made of: files of JSON lines, one file a process, each line one record. The judge knows this form and
 * nothing else. Times are epoch milliseconds with fractions, all of one machine.
 *
 * A record is written before the step that it could convict: `issued` before the call is made, `started` before the handler
 * does anything, `finished` before its answer can go. So what a killed process had no time to write down, it had no time to do.
 */

/** Who wrote a file: one of the clients, one of the servers (each life of it anew), or who ran them all. */
export type Role = "client" | "server" | "conductor";

export type CallKind = "call" | "note" | "stream";

type Records = {
  /** The first line of each file. `life` counts the processes that were this server, from 0. */
  process: { readonly role: Role; readonly index: number; readonly life: number; readonly pid: number };

  /* Of clients. */
  issued: {
    readonly id: string;
    readonly method: string;
    readonly kind: CallKind;
    readonly seed: number;
    /** How many items a stream has. */
    readonly items: number;
    readonly idempotent: boolean;
    readonly deadlineAt: number;
  };
  /** The caller aborted it. */
  gaveUp: { readonly id: string };
  /** The promise of the call came to its end. A one-way call that was confirmed is `answered` without a value. */
  settled: {
    readonly id: string;
    readonly end: "answered" | "failed";
    /** How long after `issued` the call was under way: its time counts from then on. */
    readonly heldMs: number;
    readonly value?: unknown;
    readonly code?: string;
    readonly executed?: string;
    readonly status?: number;
    readonly text?: string;
  };
  /** The client's own events of the same. */
  sent: { readonly id: string };
  told: { readonly id: string };
  /** A reply that no pending call waited for. */
  stray: { readonly kind: string; readonly id?: string | undefined };

  /* Of servers. */
  listening: object;
  started: { readonly id: string };
  finished: { readonly id: string };
  answered: { readonly id: string; readonly status: number };
  expired: { readonly id: string };
  refused: { readonly status: number; readonly text: string };
  cancelled: { readonly id?: string | undefined };
  duplicate: object;
  poisoned: { readonly deliveries: number };
  replyLost: { readonly id?: string | undefined; readonly outcome: string };

  /* Of both. */
  connection: {
    readonly state: "up" | "down" | "degraded" | "blocked" | "unblocked" | "quarantined";
    readonly text?: string;
  };
  /** The process did not run for so long: it was stopped, or the machine was busy. Written at its end. */
  stall: { readonly fromAt: number; readonly ms: number };
  memory: { readonly rssBytes: number; readonly heapBytes: number };
  uncaught: { readonly text: string };
  /** The last line of a process that ended as it should. */
  closed: { readonly pending: number; readonly resources: readonly string[] };

  /* Of the conductor. */
  run: {
    readonly broker: string;
    readonly protocol: string;
    readonly seed: number;
    readonly heartbeatMs: number;
    readonly graceMs: number;
    /** For people: the faults. */
    readonly plan: string;
    /** Only rolling restarts: then no call may fail for them. */
    readonly isDrain: boolean;
    /** Whether servers know of calls that another process has run. */
    readonly remembersCalls: boolean;
    /** Whether the broker confirms, and drops, what no queue takes. */
    readonly dropsUnroutable: boolean;
  };
  fault: {
    readonly number: number;
    readonly kind: string;
    /** `broker`, `client 3`, `server 0`. */
    readonly target: string;
    readonly phase: "begins" | "ends" | "skipped";
    readonly text?: string;
  };
  /** The service's queue was deleted, with so many messages in it or out of it and unacknowledged, at most. */
  queueDeleted: { readonly held: number };
  spawned: { readonly role: Role; readonly index: number; readonly life: number; readonly pid: number };
  /** A signal was sent to a process, or it was told to close. */
  signalled: { readonly role: Role; readonly index: number; readonly life: number; readonly signal: string };
  exited: {
    readonly role: Role;
    readonly index: number;
    readonly life: number;
    readonly code: number | null;
    readonly signal: string | null;
    /** The end of what it wrote to standard error. */
    readonly errors: string;
  };
  loadEnds: object;
  /** What is left when all have closed: messages in the service's queue, and queues that should not be there. */
  left: { readonly messages: number; readonly queues: readonly string[] };
};

export type EventName = keyof Records;

type AnyEntry = { [E in EventName]: { readonly event: E; readonly at: number } & Records[E] }[EventName];
type AnyFact = { [E in EventName]: { readonly event: E } & Records[E] }[EventName];

/** One line. */
export type Entry<Name extends EventName = EventName> = Extract<AnyEntry, { readonly event: Name }>;

/** What is written; the time is added. */
export type Fact = AnyFact;
