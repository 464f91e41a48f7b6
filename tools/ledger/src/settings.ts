import { BROKER_NAMES, type BrokerName, type Protocol } from "@porthos-rpc/brokers";

const PROTOCOLS: readonly Protocol[] = ["amqp091", "amqp10"];

/** The options of the command. */
export const ARGS = {
  broker: { type: "string", description: `one of ${BROKER_NAMES.join(", ")}`, default: "rabbitmq-4.3" },
  protocol: { type: "string", description: "amqp091 or amqp10; all that the broker speaks without" },
  seed: { type: "string", description: "of the faults and calls", default: "1" },
  seeds: { type: "string", description: "so many runs, each with the next seed", default: "1" },
  minutes: { type: "string", description: "how long each run is under load; or seconds" },
  seconds: { type: "string", description: "how long each run is under load", default: "60" },
  clients: { type: "string", description: "client processes", default: "8" },
  servers: { type: "string", description: "server processes", default: "3" },
  rate: { type: "string", description: "calls a second, of all clients", default: "330" },
  drain: { type: "string", description: "so many rolling restarts, and no other fault" },
  interval: { type: "string", description: "seconds between them", default: "3" },
  judge: { type: "string", description: "only judges the ledger that was kept in this folder" },
  keep: { type: "string", description: "a folder for the ledgers, which else are deleted" },
} as const;

export type Settings = {
  readonly broker: BrokerName;
  /** undefined: all that the broker speaks. */
  readonly protocol: Protocol | undefined;
  readonly seeds: readonly number[];
  readonly durationMs: number;
  readonly clients: number;
  readonly servers: number;
  readonly rate: number;
  readonly drain: { readonly restarts: number; readonly intervalMs: number } | undefined;
  readonly keep: string | undefined;
  readonly judge: string | undefined;
};

type Given = Readonly<Record<string, unknown>>;

/** @throws {TypeError} that names the option and says what was expected */
export function readSettings(given: Given): Settings {
  for (const name of Object.keys(given)) {
    if (name !== "_" && !Object.hasOwn(ARGS, name)) throw new TypeError(`--${name}: there is no such option`);
  }
  const first = number(given, "seed", 0);
  const restarts = given["drain"] === undefined ? undefined : number(given, "drain", 1);
  const intervalMs = number(given, "interval", 0.1) * 1_000;
  const loadMs =
    given["minutes"] === undefined
      ? number(given, "seconds", 5) * 1_000
      : number(given, "minutes", 0.1) * 60_000;
  return {
    broker: oneOf(given, "broker", BROKER_NAMES),
    protocol: given["protocol"] === undefined ? undefined : oneOf(given, "protocol", PROTOCOLS),
    seeds: Array.from({ length: number(given, "seeds", 1) }, (_, index) => first + index),
    durationMs: restarts === undefined ? loadMs : (restarts + 1) * intervalMs,
    clients: number(given, "clients", 1),
    servers: number(given, "servers", 1),
    rate: number(given, "rate", 1),
    drain: restarts === undefined ? undefined : { restarts, intervalMs },
    keep: text(given, "keep"),
    judge: text(given, "judge"),
  };
}

function text(given: Given, name: string): string | undefined {
  return given[name] === undefined ? undefined : String(given[name]);
}

function number(given: Given, name: string, min: number): number {
  const value = Number(given[name]);
  if (Number.isFinite(value) && value >= min) return value;
  throw new TypeError(`--${name}: expected a number, ${min} or more, got ${JSON.stringify(given[name])}`);
}

function oneOf<T extends string>(given: Given, name: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === given[name]);
  if (choice !== undefined) return choice;
  throw new TypeError(`--${name}: expected one of ${choices.join(", ")}, got ${JSON.stringify(given[name])}`);
}
