import type { Law } from "../law.js";

/**
 * L5: with what remembers calls (an extension that knows ids across processes) a call has one effect at most. Without it a
 * second one is lawful, and counted among the figures.
 */
export const oneEffect: Law = function* ({ stories, run }) {
  if (!run.remembersCalls) return;
  for (const { id, finished } of stories.values()) {
    if (finished.length > 1) yield { law: "L5", text: `${id} had ${finished.length} effects` };
  }
};
