import type { Book } from "./book.js";
import { type Deed, faultsOf } from "./circumstances.js";
import type { History, Story } from "./history.js";

export type Recovery = { readonly ms: number; readonly what: string };

/** Those that strike a connection. A server that was killed is away until its next life serves. */
const OF_CONNECTIONS = new Set([
  "broker-kill",
  "broker-restart",
  "broker-cut",
  "line-reset",
  "line-refuse",
  "line-break",
  "blackhole",
  "blackhole-up",
  "blackhole-down",
  "channel-kill",
]);

/**
 * How long after each fault of a connection its victims work again: a client with the end of the first answered call that it made
 * after the fault was over, a server with the first request that it begins. Those whom the next fault struck before are left out.
 */
export function recoveries(history: History): Recovery[] {
  const deeds = faultsOf(history);
  const successes = successesOf(history);
  return deeds
    .filter(({ kind }) => OF_CONNECTIONS.has(kind))
    .flatMap((deed) =>
      [...successes].flatMap(([name, times]) => {
        if (deed.target !== "broker" && deed.target !== name) return [];
        const first = times.find(({ fromAt }) => fromAt > deed.endsAt);
        if (first === undefined || isStruckAgain(deed, name, first.at, deeds)) return [];
        return [{ ms: first.at - deed.endsAt, what: `${deed.kind} (${deed.number}), ${name}` }];
      }),
    );
}

type Success = { readonly fromAt: number; readonly at: number };

function isStruckAgain(deed: Deed, name: string, at: number, deeds: readonly Deed[]): boolean {
  return deeds.some(
    (other) =>
      other !== deed &&
      (other.target === "broker" || other.target === name) &&
      other.beginsAt < at &&
      other.endsAt > deed.endsAt,
  );
}

function successesOf({ books, stories }: History): Map<string, Success[]> {
  const successes = new Map<string, Success[]>();
  const of = ({ process: { role, index } }: Book): Success[] => {
    const name = `${role} ${index}`;
    const known = successes.get(name) ?? [];
    successes.set(name, known);
    return known;
  };
  for (const story of stories.values()) add(story, of);
  for (const book of books) {
    if (book.process.role !== "server") continue;
    for (const { event, at } of book.entries) if (event === "started") of(book).push({ fromAt: at, at });
  }
  for (const times of successes.values()) times.sort((a, b) => a.at - b.at);
  return successes;
}

function add({ issued, settled: [end], client }: Story, of: (book: Book) => Success[]): void {
  if (client === undefined || issued === undefined || end?.end !== "answered") return;
  of(client).push({ fromAt: issued.at, at: end.at });
}
