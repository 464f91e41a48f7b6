import type { BrokerName } from "../catalogue.js";
import { reopen } from "../descriptor.js";
import { forget, standingOf } from "../standing.js";
import { say } from "./say.js";

export async function down(names: readonly BrokerName[]): Promise<void> {
  for (const name of names) {
    const descriptor = standingOf(name);
    if (descriptor === undefined) continue;
    await reopen(descriptor).remove();
    forget(name);
    say(`${name} is down`);
  }
}
