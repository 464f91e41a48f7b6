import { connect } from "amqplib";
import { describe, expect, test } from "vitest";
import type { Broker } from "./broker.js";
import { BROKER_NAMES, type BrokerName } from "./catalogue.js";
import { chosenBrokers } from "./chosen-brokers.js";
import { openAmqp10 } from "./probe/connection10.js";
import { probe } from "./probe/probe.js";
import { startBroker } from "./start-broker.js";
import { leaveMessages, takeMessages } from "./testing/durable-messages.js";
import { foldersOf, processesOf } from "./testing/leftovers.js";

/** The first start in a clone includes the download. */
const TIMEOUT_MS = 900_000;

const EXPECTED: Readonly<Record<BrokerName, { product: string; version: RegExp; protocols: string[] }>> = {
  "rabbitmq-3.10": { product: "RabbitMQ", version: /^3\.10\./, protocols: ["amqp091", "amqp10"] },
  "rabbitmq-4.0": { product: "RabbitMQ", version: /^4\.0\./, protocols: ["amqp091", "amqp10"] },
  "rabbitmq-4.3": { product: "RabbitMQ", version: /^4\.3\./, protocols: ["amqp091", "amqp10"] },
  artemis: { product: "apache-activemq-artemis", version: /^2\.56\.0$/, protocols: ["amqp10"] },
  qpid: { product: "Apache Qpid Broker-J Core", version: /^10\.1\.0$/, protocols: ["amqp091", "amqp10"] },
};

/** Connections of a client by each protocol, and whether they are gone. */
async function clientsOf(broker: Broker): Promise<Promise<unknown>[]> {
  const { gone } = await openAmqp10(broker.url("amqp10"));
  if (broker.urls.amqp091 === undefined) return [gone];
  const model = await connect(broker.urls.amqp091);
  model.on("error", () => {});
  return [gone, new Promise((resolve) => model.once("close", resolve))];
}

/** What is done in a quicker way than by RabbitMQ's own tool is what the tool sees, and fails as it does. */
async function expectTold(broker: Broker): Promise<void> {
  const [queue = ""] = (await broker.ctl("-q", "list_queues", "name")).match(/\S*kept\S*/) ?? [];
  expect(await broker.ctl("eval", "1 + 1.")).toBe("2");
  const sums = Array.from({ length: 20 }, (_, n) => broker.ctl("eval", `${n} + 1.`));
  expect(await Promise.all(sums)).toEqual(sums.map((_, n) => String(n + 1)));
  await expect(broker.ctl("eval", "1 / 0.")).rejects.toThrow("badarith");
  await broker.ctl("add_vhost", "a b");
  await broker.ctl("add_user", "it's", 'a "word"');
  await expect(broker.ctl("add_user", "it's", "x")).rejects.toThrow("user_already_exists");
  await broker.ctl("set_permissions", "it's", "^a\\.", "b", "c");
  await broker.ctl("set_permissions", "-p", "a b", "it's", "", "^$", ".*");
  const permissions = await broker.ctl("-q", "list_user_permissions", "it's");
  expect(permissions.split("\n").slice(1)).toEqual(
    expect.arrayContaining(["/\t^a\\.\tb\tc", "a b\t\t^$\t.*"]),
  );
  const { hostname, port } = new URL(broker.url("amqp091"));
  const login = { hostname, port: Number(port), username: "it's", password: 'a "word"', vhost: "a b" };
  await (await connect(login)).close();
  await broker.ctl("delete_vhost", "a b");
  await broker.ctl("delete_user", "it's");
  await broker.ctl("delete_queue", queue);
  const rest = await broker.ctl("-q", "list_queues", "name");
  expect(rest.split("\n")).not.toContain(queue);
  expect(await broker.ctl("-q", "list_users")).not.toContain("it's");
  expect(await broker.ctl("-q", "list_vhosts")).not.toContain("a b");
  await broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB");
  expect(await broker.ctl("eval", "vm_memory_monitor:get_memory_limit().")).toBe("1000000");
  await broker.ctl("set_vm_memory_high_watermark", "0.4");
  expect(Number(await broker.ctl("eval", "vm_memory_monitor:get_memory_limit()."))).toBeGreaterThan(1e6);
}

const left = BROKER_NAMES.filter((name) => !chosenBrokers().includes(name));
for (const name of left) test.skip(`${name} is left out by PORTHOS_BROKERS`, () => {});

describe.each(chosenBrokers())("%s", { timeout: TIMEOUT_MS }, (name) => {
  test("answers by its protocols, outlives a restart and kill -9 with its data and its port, and leaves nothing", async ({
    skip,
  }) => {
    const word = `lifecycle-${name}`;
    const { product, version, protocols } = EXPECTED[name];
    const started = await startBroker(name, { name: word }).catch((error: Error) => error);
    if (started instanceof Error && process.env["PORTHOS_REQUIRE_BROKERS"] !== "1") skip(started.message);
    if (started instanceof Error) throw started;
    await using broker = started;
    expect(broker).toMatchObject({ name, product, version: expect.stringMatching(version) });
    expect(Object.keys(broker.urls)).toEqual(protocols);

    const first = await leaveMessages(broker, "first");
    await broker.restart();
    expect(await takeMessages(broker, first.length)).toEqual(first);

    const second = await leaveMessages(broker, "second");
    await broker.kill();
    expect(processesOf(word)).toEqual([]);
    await expect(probe(broker.urls)).rejects.toThrow(/ECONNREFUSED/);
    await broker.start();
    const clients = await clientsOf(broker);
    expect(await takeMessages(broker, second.length)).toEqual(second);

    await broker.cut();
    await Promise.all(clients);
    expect(await probe(broker.urls)).toMatchObject({ product });
    if (name === "qpid") await expect(broker.ctl()).rejects.toThrow("no command-line tool");
    else if (name === "artemis") expect(await broker.ctl("queue", "stat")).toContain("kept");
    else await expectTold(broker);

    await broker.remove();
    expect(processesOf(word)).toEqual([]);
    expect(foldersOf(word)).toEqual([]);
    await expect(probe(broker.urls)).rejects.toThrow(/ECONNREFUSED/);
  });
});
