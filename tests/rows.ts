import type { Broker, Protocol } from "@porthos-rpc/brokers";
import { brokersFor } from "@porthos-rpc/brokers/vitest";
import { RawConnection } from "./seed-peer/raw-connection.js";
import { BrokerRefusal } from "./seed-peer/replies.js";

/** AMQP 0-9-1's reply code. */
const NOT_FOUND = 404;

/** One carrier that every promise of client and server is tested on. */
export interface Row {
  /** The transport's own name. */
  readonly transport: string;
  /** Which a test may stop, if nothing else runs on it and it starts it again; undefined for what is no broker. */
  readonly broker?: Broker;
  /** What `connect` takes: transports of the same URL reach the same broker. */
  readonly url: string;
  /** Where the seed's peers, which speak AMQP 0-9-1, find the same queues; undefined = nowhere. */
  readonly seedUrl: string | undefined;
  /** What this broker cannot do by this protocol, beside what the transport's features say; docs/transports.md tells why. */
  readonly cannot: ReadonlySet<Inability>;
  /** Deletes durable queues; those that are missing are no error. */
  removeQueues(names: readonly string[]): Promise<void>;
}

export type Inability =
  | "mark what comes again"
  | "outlive a nameless header in a table"
  | "name a queue in any script"
  | "hold back what a consumer has no room for"
  | "keep the content type of what is read by AMQP 0-9-1";

const INABILITIES: Readonly<Record<string, readonly Inability[]>> = {
  "amqp091 on qpid": ["outlive a nameless header in a table"],
  "amqp10 on artemis": ["mark what comes again"],
  "amqp10 on qpid": ["keep the content type of what is read by AMQP 0-9-1"],
  "amqp10 on rabbitmq-3.10": ["name a queue in any script"],
  "amqp10 on rabbitmq-4.0": ["hold back what a consumer has no room for"],
};

const memory: Row = {
  transport: "memory",
  url: "memory:tests",
  seedUrl: undefined,
  cannot: new Set(),
  removeQueues: async () => {},
};

/** A broker by one of its protocols. */
export function brokerRow(broker: Broker, protocol: Protocol): Row {
  return {
    transport: protocol,
    broker,
    url: broker.url(protocol),
    seedUrl: broker.urls.amqp091,
    cannot: new Set(INABILITIES[`${protocol} on ${broker.name}`]),
    // Where only AMQP 1.0 is spoken queues stay: the broker is the run's own, and goes with it.
    removeQueues: async (names) => {
      if (broker.urls.amqp091 === undefined) return;
      await using connection = await RawConnection.open(broker.urls.amqp091);
      for (const name of names) await deleteQueue(connection, name);
    },
  };
}

/** On a channel of its own, since for Qpid a queue that is missing is a refusal, which closes the channel. */
async function deleteQueue(connection: RawConnection, name: string): Promise<void> {
  const channel = await connection.channel();
  try {
    await channel.deleteQueue(name);
    await channel.close();
  } catch (error) {
    if (!(error instanceof BrokerRefusal && error.code === NOT_FOUND)) throw error;
  }
}

/** RabbitMQ 4.0 differs from 4.3 by AMQP 1.0 only. */
const LEFT_OUT = "amqp091 on rabbitmq-4.0";

function rowsOf(protocol: Protocol): (readonly [title: string, row: Row])[] {
  return brokersFor(protocol, ["rabbitmq", "artemis", "qpid"])
    .map((broker) => [`${protocol} on ${broker.name}`, brokerRow(broker, protocol)] as const)
    .filter(([title]) => title !== LEFT_OUT);
}

/** A further broker, or protocol, is one more row: `describe.each(rows)("%s", (_title, row) => …)`. */
export const rows: readonly (readonly [title: string, row: Row])[] = [
  ["memory", memory],
  ...rowsOf("amqp091"),
  ...rowsOf("amqp10"),
];

/** One for each transport, for what is the same on all brokers. */
export const carriers: readonly Row[] = [...new Map(rows.map(([, row]) => [row.transport, row])).values()];
