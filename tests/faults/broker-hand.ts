import type { Broker } from "@porthos-rpc/brokers";
import type { Row } from "../rows.js";
import type { QueueShape } from "../seed-peer/raw-channel.js";
import { RawConnection } from "../seed-peer/raw-connection.js";

/** The row's broker. @throws {Error} for a carrier that has none */
export function brokerOf({ broker }: Row): Broker {
  if (broker === undefined) throw new Error("memory has no broker");
  return broker;
}

/** Deletes a queue under whoever uses it. */
export async function deleteQueue(row: Row, name: string): Promise<void> {
  const broker = brokerOf(row);
  if (broker.family === "artemis") {
    await broker.ctl("queue", "delete", "--name", name, "--removeConsumers");
    return;
  }
  await using connection = await RawConnection.open(broker.url("amqp091"));
  await (await connection.channel()).deleteQueue(name);
}

/** Declares a queue in another shape than Porthos does, over AMQP 0-9-1. */
export async function declareQueue(row: Row, name: string, shape: QueueShape): Promise<void> {
  await using connection = await RawConnection.open(brokerOf(row).url("amqp091"));
  await (await connection.channel()).declare(name, shape);
}
