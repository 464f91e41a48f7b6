import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startRabbit } from "@porthos-rpc/brokers";
import type { BrokerControl } from "@porthos-rpc/transport-testkit";
import { deleteQueues } from "./admin.js";

/** A broker of one of the kinds that this package knows, in a test's hand. */
export interface BrokerUnderTest {
  readonly url: string;
  /** What can be done to it, beside cutting its lines. */
  readonly control: Omit<BrokerControl, "cut">;
  removeQueues?(queues: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** The kinds, as environment variables and reports name them. */
export type BrokerKind = "rabbitmq43" | "rabbitmq40" | "rabbitmq310" | "artemis" | "qpid";

/**
 * The one place that knows where brokers come from. RabbitMQ 3 is started by the workspace's tools. The others are
 * named by environment variables: `PORTHOS_TEST_AMQP10_<KIND>_URL`, and `PORTHOS_TEST_AMQP10_<KIND>_CONTROL`, a program
 * that is called with `start`, `stop`, `block` or `unblock`.
 * @returns undefined when there is none of this kind here
 */
export async function brokerUnderTest(kind: BrokerKind): Promise<BrokerUnderTest | undefined> {
  const variable = `PORTHOS_TEST_AMQP10_${kind.toUpperCase()}`;
  const url = process.env[`${variable}_URL`];
  if (url !== undefined && url !== "") return foreign(kind, url, process.env[`${variable}_CONTROL`]);
  return kind === "rabbitmq310" ? await privateRabbit() : undefined;
}

async function privateRabbit(): Promise<BrokerUnderTest | undefined> {
  const broker = await startRabbit({ name: "amqp10" }).catch(() => undefined);
  if (broker === undefined) return undefined;
  return {
    url: broker.url("amqp10"),
    control: {
      restart: () => broker.restart(),
      stop: () => broker.stop(),
      start: () => broker.start(),
      // No block: an alarm does not stop it from taking messages over AMQP 1.0.
      deleteQueue: (queue) => broker.ctl("delete_queue", queue),
    },
    removeQueues: async (queues) => {
      // Each call takes a second: only names that another case could come upon.
      for (const queue of queues)
        if (!queue.startsWith("porthos-testkit-")) await broker.ctl("delete_queue", queue);
    },
    remove: () => broker.remove(),
  };
}

/** What cannot be told to stop taking messages. */
const CANNOT_BLOCK: readonly BrokerKind[] = ["artemis", "qpid"];

function foreign(kind: BrokerKind, url: string, program: string | undefined): BrokerUnderTest {
  const remove = async (): Promise<void> => {};
  const removeQueues = (queues: readonly string[]): Promise<void> => deleteQueues(kind, url, queues);
  const deleteQueue = (queue: string): Promise<void> => removeQueues([queue]);
  if (program === undefined || program === "") return { url, control: { deleteQueue }, removeQueues, remove };
  const run = promisify(execFile);
  const act = async (...verbs: string[]): Promise<void> => {
    for (const verb of verbs) await run(program, [verb]);
  };
  const control = {
    restart: () => act("stop", "start"),
    stop: () => act("stop"),
    start: () => act("start"),
    deleteQueue,
  };
  if (CANNOT_BLOCK.includes(kind)) return { url, control, removeQueues, remove };
  const alarms = { block: () => act("block"), unblock: () => act("unblock") };
  return { url, control: { ...control, ...alarms }, removeQueues, remove };
}
