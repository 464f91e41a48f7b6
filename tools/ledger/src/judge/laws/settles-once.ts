import { stalledMs } from "../circumstances.js";
import type { Story } from "../history.js";
import type { Law, Violation } from "../law.js";

/** How much later than its deadline a call may end, on a process that runs. */
const LATE_MS = 250;

/** L1: each call that was made ends once, and by its deadline. What its process did not run for is not the call's fault. */
export const settlesOnce: Law = function* ({ stories }) {
  for (const story of stories.values()) if (story.issued !== undefined) yield* judge(story);
};

function* judge({ id, client, issued, settled, told }: Story): Generator<Violation> {
  const [first] = settled;
  const name = `${issued?.method} ${id}`;
  if (first === undefined) yield violation(`${name} never ended`);
  if (settled.length > 1) yield violation(`${name} ended ${settled.length} times`);
  if (told > 1) yield violation(`${name} was told to have ended ${told} times`);
  if (first === undefined || issued === undefined || client === undefined) return;
  const deadlineAt = issued.deadlineAt + first.heldMs;
  const lateMs = first.at - deadlineAt;
  if (lateMs <= LATE_MS) return;
  const allowedMs = LATE_MS + stalledMs(client, deadlineAt, first.at);
  if (lateMs > allowedMs)
    yield violation(
      `${name} ended ${Math.round(lateMs)} ms after its deadline; ${Math.round(allowedMs)} ms are allowed`,
    );
}

function violation(text: string): Violation {
  return { law: "L1", text };
}
