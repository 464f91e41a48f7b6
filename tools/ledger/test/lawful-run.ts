import { answerTo } from "../src/answer.js";
import { type Book, isOf } from "../src/judge/book.js";
import type { Entry, EventName, Fact, Role } from "../src/record.js";

/*
 * For tests of the judge: a small run that keeps all laws, written by hand, and the means to break it. One client, two servers; call
 * `c` is answered, `n` a note, `x` fails as not executed. Times are milliseconds after the beginning.
 */

const RUN = {
  broker: "none",
  protocol: "none",
  seed: 1,
  heartbeatMs: 1_000,
  graceMs: 10_000,
  plan: "",
  isDrain: false,
  remembersCalls: false,
  dropsUnroutable: false,
};
const CALL = { kind: "call", method: "look", seed: 5, items: 0, idempotent: true } as const;

type Timed = readonly [at: number, fact: Fact];

export type Books = { client: Book; server: Book; other: Book; conductor: Book };

export function lawfulRun(): Books {
  return {
    client: book("client", 0, [
      [100, { event: "issued", id: "c", ...CALL, deadlineAt: 1_100 }],
      [150, { event: "settled", id: "c", end: "answered", heldMs: 0, value: answerTo("c", 5) }],
      [200, { event: "issued", id: "n", ...CALL, kind: "note", method: "note", deadlineAt: 1_200 }],
      [210, { event: "settled", id: "n", end: "answered", heldMs: 0 }],
      [300, { event: "issued", id: "x", ...CALL, deadlineAt: 600 }],
      [
        600,
        {
          event: "settled",
          id: "x",
          end: "failed",
          heldMs: 0,
          code: "Timeout",
          executed: "no",
          text: "Timeout",
        },
      ],
      [900, { event: "closed", pending: 0, resources: [] }],
    ]),
    server: book("server", 0, [
      [120, { event: "started", id: "c" }],
      [130, { event: "finished", id: "c" }],
      [220, { event: "started", id: "n" }],
      [230, { event: "finished", id: "n" }],
      [1_000, { event: "closed", pending: 0, resources: [] }],
    ]),
    other: book("server", 1, [[1_000, { event: "closed", pending: 0, resources: [] }]]),
    conductor: book("conductor", 0, [
      [0, { event: "run", ...RUN }],
      [800, { event: "signalled", role: "client", index: 0, life: 0, signal: "close" }],
      [910, exit("client", 0)],
      [920, { event: "signalled", role: "server", index: 0, life: 0, signal: "SIGTERM" }],
      [920, { event: "signalled", role: "server", index: 1, life: 0, signal: "SIGTERM" }],
      [1_010, exit("server", 0)],
      [1_010, exit("server", 1)],
      [1_100, { event: "left", messages: 0, queues: [] }],
    ]),
  };
}

export function exit(
  role: Role,
  index: number,
  { code = 0, signal = null }: { readonly code?: number | null; readonly signal?: string | null } = {},
): Fact {
  return { event: "exited", role, index, life: 0, code, signal, errors: "" };
}

export function book(role: Role, index: number, entries: readonly Timed[], isTorn = false): Book {
  const process = { event: "process", at: 0, role, index, life: 0, pid: 1 } as const;
  return { process, entries: [process, ...entries.map(([at, fact]) => ({ at, ...fact }))], isTorn };
}

/** The book with more in it. */
export function plus(one: Book, at: number, fact: Fact): Book {
  return { ...one, entries: [...one.entries, { at, ...fact }] };
}

/** The book without what is written under an event, of one call if it is named. */
export function without(one: Book, event: EventName, id?: string): Book {
  const isMeant = (entry: Entry): boolean =>
    isOf(entry, event) && (id === undefined || ("id" in entry && entry.id === id));
  return { ...one, entries: one.entries.filter((entry) => !isMeant(entry)) };
}
