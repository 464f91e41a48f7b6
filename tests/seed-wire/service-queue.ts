import type { Broker } from "@porthos-rpc/brokers";
import { expect, test } from "vitest";
import { Arrivals } from "../arrivals.js";
import { Latch } from "../latch.js";
import { brokerRow } from "../rows.js";
import { text } from "../seed-peer/field-table.js";
import { RawConnection } from "../seed-peer/raw-connection.js";
import { jsonOf, SeedClient } from "../seed-peer/seed-client.js";
import { SeedServer } from "../seed-peer/seed-server.js";
import { Stage } from "../stage.js";

/** As porthos-go declares it. */
const SEED_SHAPE = { durable: true };

export function serviceQueue(broker: Broker): void {
  const url = broker.url("amqp091");
  const row = brokerRow(broker, "amqp091");

  test("has the service's name, is durable, not exclusive, not auto-delete and without arguments: a seed server may declare it after ours", async () => {
    await using stage = new Stage(row);
    await stage.server({});
    await using connection = await RawConnection.open(url);
    const channel = await connection.channel();
    // RabbitMQ compares every one of them, and refuses with 406 what differs.
    expect(await channel.declare(stage.service, SEED_SHAPE)).toMatchObject({
      name: stage.service,
      consumers: 1,
    });
  });

  test("may be declared by a seed server first: ours listens on it then", async () => {
    await using stage = new Stage(row);
    await using _seed = await SeedServer.open(url, stage.service);
    await stage.server({});
    await using connection = await RawConnection.open(url);
    const channel = await connection.channel();
    expect(await channel.declare(stage.service, { passive: true })).toMatchObject({ consumers: 2 });
  });

  test.each([
    ["an argument", { durable: true, args: [text("x-queue-mode", "lazy")] }],
    ["no durability", {}],
    ["auto-delete", { durable: true, autoDelete: true }],
  ])("with %s is another queue: the broker refuses it beside ours", async (_what, shape) => {
    await using stage = new Stage(row);
    await stage.server({});
    await using connection = await RawConnection.open(url);
    const channel = await connection.channel();
    await expect(channel.declare(stage.service, shape)).rejects.toMatchObject({ code: 406 });
  });

  test("that somebody declared with an argument makes listen fail, with Config and the queue's name", async () => {
    await using stage = new Stage(row);
    await using connection = await RawConnection.open(url);
    const channel = await connection.channel();
    await channel.declare(stage.service, { durable: true, args: [text("x-queue-mode", "lazy")] });
    const listening = stage.server({});
    await expect(listening).rejects.toMatchObject({
      code: "Config",
      message: expect.stringContaining(stage.service),
    });
  });

  test("outlives its servers, with the requests that wait in it", async () => {
    await using stage = new Stage(row);
    const first = await stage.server({});
    await first.shutdown();
    await using client = await SeedClient.open(url, stage.service);
    client.send("addOne", { body: '{"value":20}', contentType: "application/json" });
    await stage.server({ addOne: (request) => request.json<{ value: number }>().value + 1 });
    expect(jsonOf(await client.replies.next())).toBe(21);
  });

  test("is not emptied by our server: what is beyond maxInFlight stays in it for others", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    const hold = async (): Promise<void> => {
      started.add(true);
      await latch.pass();
    };
    await stage.server({ hold }, { maxInFlight: 3 });
    await using client = await SeedClient.open(url, stage.service);
    for (let sent = 0; sent < 20; sent++) client.send("hold");
    await started.take(3);
    await using connection = await RawConnection.open(url);
    const channel = await connection.channel();
    const messages = async (): Promise<number> =>
      (await channel.declare(stage.service, { passive: true })).messages;
    await expect.poll(messages, { timeout: 5_000 }).toBe(17);
    latch.open();
    await client.replies.take(20);
    await expect.poll(messages, { timeout: 5_000 }).toBe(0);
  });

  test("is shared by a seed server and ours: a caller of either kind gets its answers from both", async () => {
    await using stage = new Stage(row);
    await using seed = await SeedServer.open(url, stage.service, { who: () => ({ body: "seed" }) });
    await stage.server({ who: (_request, response) => response.raw(200, "text/plain", Buffer.from("ours")) });
    await using caller = await SeedClient.open(url, stage.service);
    const client = await stage.client();
    const answers = new Set<string>();
    for (let call = 0; call < 10; call++) {
      answers.add(`seed client: ${(await caller.call("who")).body}`);
      answers.add(`our client: ${(await client.call("who").sync()).text()}`);
      // An odd number in between, since the broker takes turns.
      if (call === 4) await caller.call("who");
    }
    expect(seed.requests.count).toBeGreaterThan(0);
    expect([...answers].sort()).toEqual([
      "our client: ours",
      "our client: seed",
      "seed client: ours",
      "seed client: seed",
    ]);
  });
}
