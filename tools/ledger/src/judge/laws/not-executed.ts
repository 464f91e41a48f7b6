import type { Law } from "../law.js";

/** L3: what ended as not executed has never begun anywhere, and never does. */
export const notExecuted: Law = function* ({ stories }) {
  for (const { id, issued, settled, started } of stories.values()) {
    const [first] = settled;
    if (first?.executed !== "no" || started.length === 0) continue;
    const whenMs = Math.round((started[0]?.at ?? 0) - first.at);
    yield {
      law: "L3",
      text: `${issued?.method} ${id} ended "executed: no" (${first.text}) and was begun ${started.length} times, first ${whenMs} ms after that`,
    };
  }
};
