import type { BrokerName } from "../catalogue.js";
import { reopen } from "../descriptor.js";
import { standingOf } from "../standing.js";
import { say } from "./say.js";

/** Their data and their ports stay. */
export async function stop(names: readonly BrokerName[]): Promise<void> {
  for (const name of names) {
    const descriptor = standingOf(name);
    if (descriptor === undefined) continue;
    await reopen(descriptor).stop();
    say(`${name} has stopped; \`pnpm brokers start ${name}\` starts it again`);
  }
}
