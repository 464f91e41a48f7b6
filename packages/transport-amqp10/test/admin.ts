import type { Family } from "@porthos-rpc/brokers";
import { systemClock } from "@porthos-rpc/protocol";
import { dial } from "../src/dial.js";
import { openNodeLinks } from "../src/dialects/node-links.js";
import { QpidManagement } from "../src/dialects/qpid-management.js";
import { RabbitManagement } from "../src/dialects/rabbitmq-management.js";
import { Requester } from "../src/dialects/requester.js";
import { lanesOfRhea } from "../src/lane-rhea.js";
import type { Link } from "../src/link.js";
import { readOptions } from "../src/options.js";

/** Deletes queues over AMQP 1.0, on a connection of its own, in whatever way the broker has for it. */
export async function deleteQueues(family: Family, url: string, queues: readonly string[]): Promise<void> {
  const settings = readOptions({ url });
  const [endpoint] = settings.endpoints;
  if (endpoint === undefined) return;
  const driver = lanesOfRhea(systemClock, 5_000);
  const link = await dial(endpoint, settings, driver, "admin", {
    signal: new AbortController().signal,
    onProgress: () => {},
  });
  try {
    await DELETERS[family](link, queues);
  } finally {
    await link.close();
  }
}

type Deleter = (link: Link, queues: readonly string[]) => Promise<void>;

const rabbitmq4: Deleter = async ({ lanes }, queues) => {
  const management = new RabbitManagement(lanes, systemClock);
  for (const queue of queues)
    await management.request("DELETE", `/queues/${encodeURIComponent(queue)}`, null);
};

const qpid: Deleter = async ({ lanes }, queues) => {
  const management = new QpidManagement(lanes, systemClock);
  for (const queue of queues) {
    await management.request("DELETE", "Queue", { index: "object-path", key: queue }, {});
  }
};

/** Artemis takes calls of its management beans as messages. */
const artemis: Deleter = async ({ lanes }, queues) => {
  const node = { address: "activemq.management", capabilities: ["queue"] };
  const answers = { capabilities: ["temporary-queue"] };
  const requester = new Requester(lanes, systemClock, (events) =>
    openNodeLinks(lanes, node, answers, events),
  );
  for (const queue of queues) {
    const headers = new Map([
      ["_AMQ_ResourceName", "broker"],
      ["_AMQ_OperationName", "destroyQueue"],
    ]);
    // The queue, and its consumers with it.
    await requester.ask({ headers, body: JSON.stringify([queue, true]) });
  }
};

const DELETERS: Readonly<Record<Family, Deleter>> = {
  rabbitmq: rabbitmq4,
  qpid,
  artemis,
};
