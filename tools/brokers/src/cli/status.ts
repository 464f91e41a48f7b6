import type { BrokerName } from "../catalogue.js";
import { probe } from "../probe/probe.js";
import { standingOf } from "../standing.js";
import { say } from "./say.js";

/** One line a broker. */
export async function status(names: readonly BrokerName[]): Promise<void> {
  for (const name of names) {
    const line = await stateOf(name);
    console.log(`${name.padEnd(14)} ${line}`);
  }
  say("(of those that `pnpm brokers up` started)");
}

async function stateOf(name: BrokerName): Promise<string> {
  const descriptor = standingOf(name);
  if (descriptor === undefined) return "down";
  const { urls, origin } = descriptor.info;
  try {
    const { product, version } = await probe(urls);
    return `up    ${product} ${version}, ${origin}, ${Object.values(urls).join(" ")}`;
  } catch (error) {
    return `lost  ${(error as Error).message}; \`pnpm brokers up ${name}\` starts it again`;
  }
}
