import type { BrokerName } from "../catalogue.js";
import { reopen } from "../descriptor.js";
import { standingOf } from "../standing.js";
import { say } from "./say.js";

/** Runs the broker's own command-line tool, and prints what it printed. */
export async function ctl(name: BrokerName, args: readonly string[]): Promise<void> {
  const descriptor = standingOf(name);
  try {
    if (descriptor === undefined) throw new Error(`${name} is down; \`pnpm brokers up ${name}\` starts it`);
    process.stdout.write(await reopen(descriptor).ctl(...args));
  } catch (error) {
    say((error as Error).message);
    process.exitCode = 1;
  }
}
