import type { Broker } from "@porthos-rpc/brokers";
import { brokersFor } from "@porthos-rpc/brokers/vitest";
import { RawConnection } from "./seed-peer/raw-connection.js";

/** One carrier that every promise of client and server is tested on. */
export interface Row {
  /** The transport's own name. */
  readonly transport: string;
  /** What `connect` takes: transports of the same URL reach the same broker. */
  readonly url: string;
  /** Deletes durable queues; those that are missing are no error. */
  removeQueues(names: readonly string[]): Promise<void>;
}

const memory: Row = { transport: "memory", url: "memory:tests", removeQueues: async () => {} };

/** A RabbitMQ by AMQP 0-9-1. */
export function amqp091Row(broker: Broker): Row {
  const url = broker.url("amqp091");
  return {
    transport: "amqp091",
    url,
    removeQueues: async (names) => {
      await using connection = await RawConnection.open(url);
      const channel = await connection.channel();
      for (const name of names) await channel.deleteQueue(name);
    },
  };
}

/** A further broker, or protocol, is one more row: `describe.each(rows)("%s", (_title, row) => …)`. */
export const rows: readonly (readonly [title: string, row: Row])[] = [
  ["memory", memory],
  ...brokersFor("amqp091").map(
    (broker) => [`amqp091 on ${broker.product} ${broker.version}`, amqp091Row(broker)] as const,
  ),
];
