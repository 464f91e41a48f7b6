import type { Broker, BrokerName, Line } from "@porthos-rpc/brokers";
import type { BrokerControl } from "@porthos-rpc/transport-testkit";
import { deleteQueues } from "./admin.js";

/** All that this package is tested on. */
export const BROKERS: readonly BrokerName[] = [
  "rabbitmq-3.10",
  "rabbitmq-4.0",
  "rabbitmq-4.3",
  "artemis",
  "qpid",
];

/** Deletes queues in whatever way the broker has for it. */
export async function removeQueues(broker: Broker, queues: readonly string[]): Promise<void> {
  if (broker.name !== "rabbitmq-3.10") {
    await deleteQueues(broker.family, broker.url("amqp10"), queues);
    return;
  }
  // Over AMQP 1.0 the plugin cannot; each call of the tool takes a second.
  for (const queue of queues) await broker.ctl("delete_queue", queue);
}

/** What can be done to a broker that is reached by a line. It is really restarted; while it is `stop`ped, the line refuses. */
export function controlOf(broker: Broker, line: Line): BrokerControl {
  const control = {
    cut: () => line.cut(),
    restart: () => broker.restart(),
    stop: () => line.refuse(),
    start: () => line.accept(),
    deleteQueue: (queue: string) => removeQueues(broker, [queue]),
  };
  // An alarm does not keep RabbitMQ 3 from taking messages over AMQP 1.0; Artemis and Qpid have none.
  if (broker.family !== "rabbitmq" || broker.name === "rabbitmq-3.10") return control;
  return {
    ...control,
    block: async () => void (await broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB")),
    unblock: async () => void (await broker.ctl("set_vm_memory_high_watermark", "0.6")),
  };
}
