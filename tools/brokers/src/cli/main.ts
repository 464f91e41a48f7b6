import { defineCommand, runMain } from "citty";
import { BROKER_NAMES, type BrokerName, brokerName } from "../catalogue.js";
import { ctl } from "./ctl.js";
import { down } from "./down.js";
import { say } from "./say.js";
import { start } from "./start.js";
import { status } from "./status.js";
import { stop } from "./stop.js";
import { up } from "./up.js";

const args = {
  name: { type: "positional", description: `of: ${BROKER_NAMES.join(", ")}; all without`, required: false },
} as const;

/** A verb for some brokers, or all. */
function verb(name: string, description: string, run: (names: readonly BrokerName[]) => Promise<void>) {
  return defineCommand({
    meta: { name, description },
    args,
    run: async ({ args: { _: given } }) => {
      const names = namesOf(given);
      if (names !== undefined) await run(names);
    },
  });
}

/** What comes after the broker's name is for its own tool, options included. */
const ctlVerb = defineCommand({
  meta: {
    name: "ctl",
    description: "runs a broker's own tool: `ctl rabbitmq-4.3 list_queues` (rabbitmqctl, artemis)",
  },
  run: async ({ rawArgs: [given = "", ...rest] }) => {
    const [name] = namesOf([given]) ?? [];
    if (name !== undefined) await ctl(name, rest);
  },
});

/** Undefined, and told, when one of them is none. */
function namesOf(given: readonly string[]): readonly BrokerName[] | undefined {
  try {
    return given.length === 0 ? BROKER_NAMES : given.map(brokerName);
  } catch (error) {
    say((error as Error).message);
    process.exitCode = 1;
    return undefined;
  }
}

await runMain(
  defineCommand({
    meta: {
      name: "brokers",
      description: "Brokers for tests and trials, on this machine's loopback interface",
    },
    subCommands: {
      up: verb("up", "starts brokers, which run until `down`, and prints their URLs to export", up),
      stop: verb("stop", "stops brokers that `up` started; their data and ports stay", stop),
      start: verb("start", "starts brokers again that `stop` has stopped", start),
      down: verb("down", "stops brokers that `up` started, and deletes their data", down),
      ctl: ctlVerb,
      status: verb("status", "tells which run", status),
    },
  }),
);
