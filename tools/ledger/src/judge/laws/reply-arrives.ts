import { endOf, wasDisturbed } from "../circumstances.js";
import { type Finish, type History, isAnswered, type Story } from "../history.js";
import type { Law } from "../law.js";

/** A handler that ends so shortly before the deadline may be answered for nobody. */
const CLOSE_MS = 100;

/** L6: what a server has finished, for a caller that lives, is answered; or somebody has written down why not. */
export const replyArrives: Law = function* (history) {
  for (const story of history.stories.values()) {
    const { issued, settled, finished, gaveUp, strays, excuses } = story;
    if (issued === undefined || issued.kind === "note" || isAnswered(story)) continue;
    if (gaveUp || strays > 0 || excuses > 0) continue;
    const silent = finished.filter((finish) => isUnexplained(finish, story, history));
    for (const { at, server } of silent) {
      const leftMs = Math.round(issued.deadlineAt - at);
      yield {
        law: "L6",
        text: `${issued.method} ${story.id} was finished by server ${server.process.index} ${leftMs} ms before its deadline, and ended ${settled[0]?.text}`,
      };
    }
  }
};

function isUnexplained({ at, server }: Finish, story: Story, history: History): boolean {
  const { issued, settled, client } = story;
  const settledAt = settled[0]?.at ?? 0;
  if (issued === undefined || client === undefined || at > issued.deadlineAt - CLOSE_MS) return false;
  // The caller knew already, and knew why.
  if (at > settledAt) return false;
  const wasKilled = endOf(server, history)?.signal === "SIGKILL";
  // The answer went on its way; the address that the request had named, or the way to it, was lost.
  return !wasKilled && !wasDisturbed(client, issued.at, settledAt, history);
}
