import { all, type History, isAnswered, type Story } from "../history.js";
import type { Law } from "../law.js";

/** What becomes of the one-way calls that were confirmed and that no server has finished. */
export type Lost = {
  /** In a queue that was deleted under them. */
  readonly deleted: readonly Story[];
  readonly unexplained: readonly Story[];
};

/**
 * L4: a one-way call that was confirmed is finished by a server at least once. A deleted queue takes with it what it holds, which is a
 * record of the run: of those that were made before, and no more of them than it held.
 */
export const confirmedIsKept: Law = function* (history) {
  for (const { id, settled } of lost(history).unexplained) {
    const at = new Date(settled[0]?.at ?? 0).toISOString();
    yield { law: "L4", text: `note ${id} was confirmed at ${at}, and no server has finished it` };
  }
};

export function lost({ stories, conductor }: History): Lost {
  const deletions = all(conductor, "queueDeleted").map(({ at, held }) => ({ at, left: held }));
  const deleted: Story[] = [];
  const unexplained: Story[] = [];
  const candidates = [...stories.values()].filter(
    (story) => story.issued?.kind === "note" && isAnswered(story) && story.finished.length === 0,
  );
  // The last ones first, so that each deletion is charged with those that only it can have taken.
  for (const story of candidates.sort((a, b) => issuedAt(b) - issuedAt(a))) {
    const deletion = deletions.findLast(({ at, left }) => left > 0 && issuedAt(story) <= at);
    if (deletion === undefined) {
      unexplained.push(story);
    } else {
      deletion.left--;
      deleted.push(story);
    }
  }
  return { deleted, unexplained };
}

function issuedAt({ issued }: Story): number {
  return issued?.at ?? 0;
}
