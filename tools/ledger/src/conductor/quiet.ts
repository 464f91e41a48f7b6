import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_EVERY_MS = 1_000;
const WITHIN_MS = 30_000;

/** Resolves when the servers have begun and finished nothing for a while: what was queued has been worked off. */
export async function quiet(folder: string): Promise<void> {
  let calm = 0;
  let before = -1;
  for (let waitedMs = 0; calm < 2 && waitedMs < WITHIN_MS; waitedMs += LOOK_EVERY_MS) {
    const work = workIn(folder);
    calm = work === before ? calm + 1 : 0;
    before = work;
    await sleep(LOOK_EVERY_MS);
  }
}

function workIn(folder: string): number {
  const files = readdirSync(folder).filter((file) => file.startsWith("server-"));
  return files.reduce((sum, file) => {
    const text = readFileSync(join(folder, file), "latin1");
    return sum + (text.match(/"event":"(?:started|finished)"/g)?.length ?? 0);
  }, 0);
}
