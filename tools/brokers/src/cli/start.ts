import type { BrokerName } from "../catalogue.js";
import { standingOf } from "../standing.js";
import { up } from "./up.js";

/** Starts again what `up` has made, with its data and its ports; nothing new. */
export async function start(names: readonly BrokerName[]): Promise<void> {
  await up(names.filter((name) => standingOf(name) !== undefined));
}
