/** By what a call travels, as the list of faults abbreviates it: memory, AMQP 0-9-1, AMQP 1.0. */
export type Protocols = "M91" | "91" | "9" | "1";

/** The carriers of tests/rows.ts, by their titles there and by what they are called in a table. */
export const CARRIERS = {
  memory: "memory",
  "amqp091 on rabbitmq-3.10": "0-9-1, RabbitMQ 3.10",
  "amqp091 on rabbitmq-4.3": "0-9-1, RabbitMQ 4.3",
  "amqp091 on qpid": "0-9-1, Qpid",
  "amqp10 on rabbitmq-3.10": "1.0, RabbitMQ 3.10",
  "amqp10 on rabbitmq-4.0": "1.0, RabbitMQ 4.0",
  "amqp10 on rabbitmq-4.3": "1.0, RabbitMQ 4.3",
  "amqp10 on artemis": "1.0, Artemis",
  "amqp10 on qpid": "1.0, Qpid",
} as const;

export type Carrier = keyof typeof CARRIERS;

export const ALL_CARRIERS: readonly Carrier[] = Object.keys(CARRIERS) as Carrier[];

/** Those of the protocols. */
export function carriersOf(protocols: Protocols): readonly Carrier[] {
  return ALL_CARRIERS.filter((carrier) => protocols.includes(letterOf(carrier)));
}

function letterOf(carrier: Carrier): "M" | "9" | "1" {
  if (carrier === "memory") return "M";
  return carrier.startsWith("amqp091") ? "9" : "1";
}
