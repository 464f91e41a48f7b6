import type { Entry, EventName } from "../record.js";
import { type Book, isOf } from "./book.js";

/** All that is written about one call, by whoever it is. */
export type Story = {
  readonly id: string;
  /** Of the client that made it. */
  readonly client: Book | undefined;
  readonly issued: Entry<"issued"> | undefined;
  readonly settled: readonly Entry<"settled">[];
  readonly told: number;
  readonly gaveUp: boolean;
  readonly strays: number;
  readonly started: readonly Entry<"started">[];
  readonly finished: readonly Finish[];
  /** Words of servers for why its answer went nowhere. */
  readonly excuses: number;
};

export type Finish = { readonly at: number; readonly server: Book };

/** A whole run, as the laws look at it. */
export type History = {
  readonly books: readonly Book[];
  readonly run: Entry<"run">;
  readonly stories: ReadonlyMap<string, Story>;
  /** What the conductor wrote. */
  readonly conductor: Book;
};

type Draft = {
  -readonly [K in keyof Story]: Story[K] extends readonly (infer Item)[] ? Item[] : Story[K];
};

/** @throws {Error} when the conductor's book is missing, or says nothing of the run */
export function historyOf(books: readonly Book[]): History {
  const conductor = books.find(({ process }) => process.role === "conductor");
  const run = conductor?.entries.find((entry) => isOf(entry, "run"));
  if (conductor === undefined || run === undefined) throw new Error("the conductor has written nothing");
  const drafts = new Map<string, Draft>();
  const of = (id: string): Draft => {
    const known = drafts.get(id) ?? draft(id);
    drafts.set(id, known);
    return known;
  };
  for (const book of books) {
    for (const entry of book.entries) {
      if ("id" in entry && typeof entry.id === "string") tell(of(entry.id), entry, book);
    }
  }
  return { books, run, stories: drafts, conductor };
}

/** The entries of a kind in a book. */
export function all<Name extends EventName>(book: Book, name: Name): Entry<Name>[] {
  return book.entries.filter((entry): entry is Entry<Name> => isOf(entry, name));
}

/** Whether it came to the answer that was asked for. */
export function isAnswered({ settled: [settled] }: Story): boolean {
  return settled?.end === "answered";
}

function draft(id: string): Draft {
  return {
    id,
    client: undefined,
    issued: undefined,
    settled: [],
    told: 0,
    gaveUp: false,
    strays: 0,
    started: [],
    finished: [],
    excuses: 0,
  };
}

function tell(story: Draft, entry: Entry, book: Book): void {
  switch (entry.event) {
    case "issued":
      story.issued = entry;
      story.client = book;
      break;
    case "settled":
      story.settled.push(entry);
      break;
    case "told":
      story.told++;
      break;
    case "gaveUp":
      story.gaveUp = true;
      break;
    case "stray":
      story.strays++;
      break;
    case "started":
      story.started.push(entry);
      break;
    case "finished":
      story.finished.push({ at: entry.at, server: book });
      break;
    case "answered":
      // Another status than its handler's: the deadline had passed, or the caller had gone.
      if (entry.status >= 300) story.excuses++;
      break;
    case "replyLost":
    case "cancelled":
    case "expired":
      story.excuses++;
      break;
    default:
  }
}
