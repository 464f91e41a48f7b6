import type { Entry } from "../record.js";
import { faultsOf } from "./circumstances.js";
import { all, type History, isAnswered, type Story } from "./history.js";
import { lost } from "./laws/confirmed-is-kept.js";
import { endings } from "./laws/drains.js";
import { growthOf } from "./laws/stays-well.js";
import { recoveries } from "./recovery.js";

const PATIENT_MS = 5_000;

/** What a run was like, whether or not it was lawful. */
export type Figures = {
  readonly broker: string;
  readonly protocol: string;
  readonly seed: number;
  readonly calls: number;
  readonly faults: number;
  readonly skipped: number;
  /**
   * Shares of calls that were answered by their deadline; of those that nobody gave up. `patient` are the idempotent ones that can
   * outlast an outage: with 5 s or more.
   */
  readonly availability: { readonly all: number; readonly patient: number; readonly others: number };
  /** Patient calls that were not answered, and how many of them were under way when the queue was deleted: nobody can tell their callers. */
  readonly unanswered: { readonly patient: number; readonly withQueue: number };
  /**
   * Further beginnings of calls that had begun before. Idempotent ones are sent again by their clients, `others` come again from the broker
   * alone.
   */
  readonly duplicates: {
    readonly runs: number;
    readonly rate: number;
    readonly rateOfOthers: number;
    readonly mostEffects: number;
  };
  readonly notes: { readonly confirmed: number; readonly lost: number; readonly lostWithQueue: number };
  /** Milliseconds from the end of each fault to the next success of whom it struck. */
  readonly recovery: { readonly medianMs: number; readonly p99Ms: number; readonly worst: string };
  /** How often each kind of error was an end. */
  readonly errors: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  /** Of servers after SIGTERM, in milliseconds. */
  readonly endings: { readonly number: number; readonly slowestMs: number };
  readonly growth: number | undefined;
  /** Milliseconds that processes did not run for. */
  readonly stalls: { readonly sumMs: number; readonly longestMs: number };
};

export function figuresOf(history: History): Figures {
  const { run, stories, conductor } = history;
  const made = [...stories.values()].filter(({ issued }) => issued !== undefined);
  const asked = made.filter(({ issued, gaveUp }) => issued?.kind !== "note" && !gaveUp);
  const started = made.filter((story) => story.started.length > 0);
  const runs = furtherRuns(started);
  const { deleted, unexplained } = lost(history);
  return {
    broker: run.broker,
    protocol: run.protocol,
    seed: run.seed,
    calls: made.length,
    faults: faultsOf(history).length,
    skipped: all(conductor, "fault").filter(({ phase }) => phase === "skipped").length,
    availability: {
      all: share(asked, isAnswered),
      patient: share(asked.filter(isPatient), isAnswered),
      others: share(
        asked.filter((story) => !isPatient(story)),
        isAnswered,
      ),
    },
    unanswered: unansweredOf(asked, history),
    duplicates: {
      runs,
      rate: rateOf(started),
      rateOfOthers: rateOf(started.filter(({ issued }) => !issued?.idempotent)),
      mostEffects: made.reduce((most, { finished }) => Math.max(most, finished.length), 0),
    },
    notes: {
      confirmed: made.filter((story) => story.issued?.kind === "note" && isAnswered(story)).length,
      lost: unexplained.length,
      lostWithQueue: deleted.length,
    },
    recovery: recoveryOf(history),
    errors: count(made.flatMap(({ settled: [end] }) => (end?.end === "failed" ? [nameOf(end)] : []))),
    events: eventsOf(history),
    endings: endingsOf(history),
    stalls: stallsOf(history),
    growth: max(history.books.flatMap((book) => growthOf(book) ?? [])),
  };
}

function unansweredOf(asked: readonly Story[], { conductor }: History): Figures["unanswered"] {
  const failed = asked.filter((story) => isPatient(story) && !isAnswered(story));
  const deletions = all(conductor, "queueDeleted");
  const withQueue = failed.filter(({ issued, settled: [end] }) =>
    deletions.some(({ at }) => at >= (issued?.at ?? 0) && at <= (end?.at ?? 0)),
  );
  return { patient: failed.length, withQueue: withQueue.length };
}

function isPatient({ issued }: Story): boolean {
  return issued?.idempotent === true && issued.deadlineAt - issued.at >= PATIENT_MS;
}

function furtherRuns(started: readonly Story[]): number {
  return started.reduce((sum, story) => sum + story.started.length - 1, 0);
}

function rateOf(started: readonly Story[]): number {
  return started.length === 0 ? 0 : furtherRuns(started) / started.length;
}

function share(stories: readonly Story[], is: (story: Story) => boolean): number {
  return stories.length === 0 ? 1 : stories.filter(is).length / stories.length;
}

function recoveryOf(history: History): Figures["recovery"] {
  const sorted = recoveries(history).sort((a, b) => a.ms - b.ms);
  const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1]?.ms ?? 0);
  return { medianMs: at(0.5), p99Ms: at(0.99), worst: sorted.at(-1)?.what ?? "" };
}

function endingsOf({ conductor }: History): Figures["endings"] {
  const all = endings(conductor);
  return { number: all.length, slowestMs: Math.round(max(all.map(({ ms }) => ms)) ?? 0) };
}

function stallsOf({ books }: History): Figures["stalls"] {
  const lengths = books.flatMap((book) => all(book, "stall").map(({ ms }) => ms));
  const sumMs = Math.round(lengths.reduce((sum, ms) => sum + ms, 0));
  return { sumMs, longestMs: Math.round(max(lengths) ?? 0) };
}

function nameOf({ code = "an error of no class", executed, status }: Entry<"settled">): string {
  return `${code === "Remote" ? `Remote ${status}` : code}, ${executed}`;
}

function eventsOf({ books }: History): Record<string, number> {
  const told = ["duplicate", "replyLost", "expired", "cancelled", "refused", "poisoned", "stray"] as const;
  return Object.fromEntries(
    told.map((name) => [name, books.reduce((sum, book) => sum + all(book, name).length, 0)]),
  );
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function max(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : numbers.reduce((most, number) => Math.max(most, number));
}
