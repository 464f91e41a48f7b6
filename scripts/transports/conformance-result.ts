import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Why, by the id of the case. */
export type Reasons = Readonly<Record<string, string>>;

/** What a run of the conformance suite leaves in PORTHOS_CONFORMANCE_DIR. */
export type ConformanceResult = {
  readonly name: string;
  readonly broker?: string;
  readonly features: Readonly<Record<string, boolean>>;
  readonly counts: {
    readonly kept: number;
    readonly broken: number;
    readonly known: number;
    readonly notApplicable: number;
  };
  readonly knownFailures: Reasons;
  readonly notApplicable: Reasons;
};

/** The runs that the documentation has a column of, in its order: the name of the run, the column's heading. */
export const COLUMNS: readonly (readonly [run: string, heading: string])[] = [
  ["memory", "memory"],
  ["amqp091 on rabbitmq-3.10", "0-9-1, RabbitMQ 3.10"],
  ["amqp091 on rabbitmq-4.3", "0-9-1, RabbitMQ 4.3"],
  ["amqp091 on qpid", "0-9-1, Qpid"],
  ["amqp10 on rabbitmq-3.10", "1.0, RabbitMQ 3.10"],
  ["amqp10 on rabbitmq-4.0", "1.0, RabbitMQ 4.0"],
  ["amqp10 on rabbitmq-4.3", "1.0, RabbitMQ 4.3"],
  ["amqp10 on artemis", "1.0, Artemis"],
  ["amqp10 on qpid", "1.0, Qpid"],
];

/** The results of all columns, in their order. @throws {Error} when a run is missing */
export function readResults(folder: string): ConformanceResult[] {
  return COLUMNS.map(([run]) => {
    const file = join(folder, `${run.replaceAll(" ", "-")}.json`);
    return JSON.parse(readFileSync(file, "utf8")) as ConformanceResult;
  });
}
