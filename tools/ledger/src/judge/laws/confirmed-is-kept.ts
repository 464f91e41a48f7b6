import { all, type History, isAnswered, type Story } from "../history.js";
import type { Law } from "../law.js";

/** What becomes of the one-way calls that were confirmed and that no server has finished. */
export type Lost = {
  /** In a queue that was deleted under them, or on their way to one that was not there. */
  readonly deleted: readonly Story[];
  readonly unexplained: readonly Story[];
};

/**
 * L4: a one-way call that was confirmed is finished by a server at least once. A deleted queue takes with it what it holds, which is a
 * record of the run: of those that were made before, and no more of them than it held. Where the broker confirms what no queue takes, nobody
 * could tell those apart either that were confirmed until the queue was there again.
 */
export const confirmedIsKept: Law = function* (history) {
  for (const { id, settled } of lost(history).unexplained) {
    const at = new Date(settled[0]?.at ?? 0).toISOString();
    yield { law: "L4", text: `note ${id} was confirmed at ${at}, and no server has finished it` };
  }
};

export function lost(history: History): Lost {
  const { stories, conductor, run } = history;
  const deletions = all(conductor, "queueDeleted").map(({ at, held }) => ({ at, left: held }));
  const gaps = run.dropsUnroutable ? gapsOf(history) : [];
  const deleted: Story[] = [];
  const unexplained: Story[] = [];
  const candidates = [...stories.values()].filter(
    (story) => story.issued?.kind === "note" && isAnswered(story) && story.finished.length === 0,
  );
  // The last ones first, so that each deletion is charged with those that only it can have taken.
  for (const story of candidates.sort((a, b) => issuedAt(b) - issuedAt(a))) {
    const deletion = deletions.findLast(({ at, left }) => left > 0 && issuedAt(story) <= at);
    if (deletion !== undefined) {
      deletion.left--;
      deleted.push(story);
    } else if (gaps.some(({ fromAt, toAt }) => endedAt(story) >= fromAt && issuedAt(story) <= toAt)) {
      deleted.push(story);
    } else {
      unexplained.push(story);
    }
  }
  return { deleted, unexplained };
}

/** When there was no queue: from when it was deleted until something runs that was made after that. */
function gapsOf({ stories, conductor }: History): { readonly fromAt: number; readonly toAt: number }[] {
  return all(conductor, "queueDeleted").map(({ at }) => {
    const begun = [...stories.values()].flatMap((story) =>
      issuedAt(story) > at ? story.started.map((start) => start.at) : [],
    );
    return {
      fromAt: at,
      toAt: begun.reduce((first, next) => Math.min(first, next), Number.POSITIVE_INFINITY),
    };
  });
}

function endedAt({ settled: [end] }: Story): number {
  return end?.at ?? 0;
}

function issuedAt({ issued }: Story): number {
  return issued?.at ?? 0;
}
