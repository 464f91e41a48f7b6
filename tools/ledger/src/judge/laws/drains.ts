import { all } from "../history.js";
import type { Law } from "../law.js";

/** Who has less time than this may run out of it on a busy machine without a restart's doing. */
const ENOUGH_MS = 5_000;

/** In a drain: a restart costs no idempotent call that has time, and each server that is told to end does so within its grace. */
export const drains: Law = function* ({ stories, run, conductor }) {
  if (!run.isDrain) return;
  for (const { id, issued, settled } of stories.values()) {
    if (!issued?.idempotent || issued.deadlineAt - issued.at < ENOUGH_MS || settled[0]?.end !== "failed")
      continue;
    yield { law: "drain", text: `${issued.method} ${id} failed: ${settled[0].text}` };
  }
  for (const { index, life, ms, code } of endings(conductor)) {
    const name = `server ${index} (life ${life})`;
    if (code !== 0) yield { law: "drain", text: `${name} ended with ${code}` };
    else if (ms > run.graceMs)
      yield {
        law: "drain",
        text: `${name} took ${Math.round(ms)} ms to end; its grace is ${run.graceMs} ms`,
      };
  }
};

type Ending = { readonly index: number; readonly life: number; readonly ms: number; readonly code: unknown };

/** Of the servers that were told to end. */
export function endings(conductor: Parameters<typeof all>[0]): Ending[] {
  const exits = all(conductor, "exited");
  return all(conductor, "signalled")
    .filter(({ role, signal }) => role === "server" && signal === "SIGTERM")
    .flatMap(({ index, life, at }) => {
      const exit = exits.find((one) => one.role === "server" && one.index === index && one.life === life);
      return exit === undefined ? [] : [{ index, life, ms: exit.at - at, code: exit.code ?? exit.signal }];
    });
}
