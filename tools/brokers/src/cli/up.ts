import type { BrokerInfo, Protocol } from "../broker.js";
import { type BrokerName, CATALOGUE } from "../catalogue.js";
import { type BrokerDescriptor, reopen } from "../descriptor.js";
import { probe } from "../probe/probe.js";
import { provide } from "../recipe.js";
import { remember, standingOf } from "../standing.js";
import { testVariable } from "../test-variable.js";
import { say } from "./say.js";

/** Starts brokers that outlive this process; the exit code tells whether all of them run. */
export async function up(names: readonly BrokerName[]): Promise<void> {
  for (const name of names) {
    const startedAtMs = Date.now();
    const info = await run(name);
    if (info === undefined) {
      process.exitCode = 1;
      continue;
    }
    const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
    say(`${name} = ${info.product} ${info.version}, ${info.origin}, after ${seconds} s`);
    for (const [protocol, url] of Object.entries(info.urls)) {
      console.log(`export ${testVariable(name, protocol as Protocol)}=${url}`);
      say(`  PORTHOS_URL=${url} npm run demo`);
    }
  }
}

async function run(name: BrokerName): Promise<BrokerInfo | undefined> {
  const known = standingOf(name);
  if (known !== undefined) return again(known);
  const outcome = await provide(CATALOGUE[name]({ name }));
  if ("reason" in outcome) {
    say(`${name} cannot be had here: ${outcome.reason}`);
    return undefined;
  }
  remember(outcome.descriptor);
  outcome.control.release();
  return outcome.descriptor.info;
}

/** One that `up` has started before; the machine may have been started anew since. */
async function again(descriptor: BrokerDescriptor): Promise<BrokerInfo> {
  const answers = await probe(descriptor.info.urls).then(
    () => true,
    () => false,
  );
  if (answers) return descriptor.info;
  const broker = reopen(descriptor);
  await broker.kill();
  await broker.start();
  return descriptor.info;
}
