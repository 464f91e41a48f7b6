import { defineCommand, runMain } from "citty";
import { BROKER_NAMES, type BrokerName, brokerName } from "../catalogue.js";
import { down } from "./down.js";
import { status } from "./status.js";
import { up } from "./up.js";

const args = {
  name: { type: "positional", description: `of: ${BROKER_NAMES.join(", ")}; all without`, required: false },
} as const;

/** A verb for some brokers, or all. */
function verb(name: string, description: string, run: (names: readonly BrokerName[]) => Promise<void>) {
  return defineCommand({
    meta: { name, description },
    args,
    run: ({ args: { _: given } }) => run(given.length === 0 ? BROKER_NAMES : given.map(brokerName)),
  });
}

await runMain(
  defineCommand({
    meta: {
      name: "brokers",
      description: "Brokers for tests and trials, on this machine's loopback interface",
    },
    subCommands: {
      up: verb("up", "starts brokers, which run until `down`, and prints their URLs to export", up),
      down: verb("down", "stops brokers that `up` started, and deletes their data", down),
      status: verb("status", "tells which run", status),
    },
  }),
);
