import type { Broker } from "@porthos-rpc/brokers";
import type { Client } from "@porthos-rpc/client";
import { expect, test } from "vitest";
import { brokerRow } from "../rows.js";
import { text } from "../seed-peer/field-table.js";
import type { RawDelivery } from "../seed-peer/raw-channel.js";
import { RawConnection } from "../seed-peer/raw-connection.js";
import { SeedServer } from "../seed-peer/seed-server.js";
import { Stage } from "../stage.js";

const BYTES = Uint8Array.of(0, 127, 128, 255);

type Make = (client: Client) => Promise<unknown>;

export function requestsToSeed(broker: Broker): void {
  const url = broker.url("amqp091");
  const row = brokerRow(broker, "amqp091");

  /** Makes a call to a seed server, and tells how the request arrived there. */
  async function arrival(make: Make): Promise<RawDelivery> {
    const [request] = await arrivals(make);
    return request as RawDelivery;
  }

  async function arrivals(make: Make): Promise<RawDelivery[]> {
    await using stage = new Stage(row);
    await using seed = await SeedServer.open(url, stage.service, { addOne: () => ({ status: 200 }) });
    await make(await stage.client({ timeoutMs: 5_000 }));
    await seed.requests.reach(1);
    return seed.requests.all;
  }

  test("goes to the default exchange, with the service's name as its routing key", async () => {
    await using stage = new Stage(row);
    await using seed = await SeedServer.open(url, stage.service, { addOne: () => ({}) });
    const client = await stage.client();
    await client.call("addOne").sync();
    expect(await seed.requests.next()).toMatchObject({ exchange: "", routingKey: stage.service });
  });

  test("names its method in X-Method, a long string (field type S); every other header's name starts with porthos-", async () => {
    const { properties } = await arrival((client) => client.call("addOne").sync());
    const headers = properties.headers ?? [];
    expect(headers.filter(({ name }) => !name.startsWith("porthos-"))).toEqual([text("X-Method", "addOne")]);
  });

  test.each([
    [
      "a map",
      (client) => client.call("addOne").withMap({ value: 20 }).sync(),
      "application/json",
      '{"value":20}',
    ],
    [
      "a struct",
      (client) =>
        client
          .call("addOne")
          .withStruct({ a: [1] })
          .sync(),
      "application/json",
      '{"a":[1]}',
    ],
    [
      "arguments",
      (client) => client.call("addOne").withArgs(1, "two").sync(),
      "application/json",
      '[1,"two"]',
    ],
    ["bytes", (client) => client.call("addOne").withBody(BYTES).sync(), "application/octet-stream", BYTES],
    [
      "bytes with a type",
      (client) => client.call("addOne").withBodyContentType(BYTES, "image/png").sync(),
      "image/png",
      BYTES,
    ],
    ["nothing", (client) => client.call("addOne").sync(), undefined, ""],
  ] satisfies [string, Make, string | undefined, string | Uint8Array][])(
    "holds %s under the right content_type",
    async (_what, make, contentType, body) => {
      const request = await arrival(make);
      expect(request.properties.contentType).toBe(contentType);
      expect(request.body).toEqual(Buffer.from(body));
    },
  );

  test.each([
    [5_000, 5_000],
    [1_500.4, 1_501],
    [120_000, 120_000],
  ])(
    "made with a timeout of %d ms has so much of it left in expiration, a decimal string",
    async (timeoutMs, most) => {
      const { properties } = await arrival((client) => client.call("addOne").withTimeout(timeoutMs).sync());
      expect(properties.expiration).toMatch(/^[1-9]\d*$/);
      expect(Number(properties.expiration)).toBeLessThanOrEqual(most);
      expect(Number(properties.expiration)).toBeGreaterThan(timeoutMs - 1_000);
    },
  );

  test("has a correlation_id of its own, of at most 255 bytes, and its client's reply_to", async () => {
    const requests = await arrivals(async (client) => {
      for (let call = 0; call < 3; call++) await client.call("addOne").sync();
    });
    const ids = requests.map(({ properties }) => Buffer.from(properties.correlationId ?? []).toString());
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id.length).toBeGreaterThan(0);
    for (const id of ids) expect(Buffer.byteLength(id)).toBeLessThanOrEqual(255);
    expect(new Set(requests.map(({ properties }) => properties.replyTo)).size).toBe(1);
  });

  test("asks for its answer in a queue of our client's that is exclusive, not durable and named by the broker", async () => {
    await using stage = new Stage(row);
    await using seed = await SeedServer.open(url, stage.service, { addOne: () => ({}) });
    const client = await stage.client();
    await client.call("addOne").sync();
    const { replyTo = "" } = (await seed.requests.next()).properties;
    expect(replyTo).toMatch(/^amq\.gen-/);
    await using stranger = await RawConnection.open(url);
    const look = (await stranger.channel()).declare(replyTo, { passive: true });
    await expect(look).rejects.toMatchObject({ code: 405 });
    if (!broker.origin.startsWith("PORTHOS_")) {
      const queues = await broker.ctl("-q", "list_queues", "name", "durable", "exclusive");
      expect(queues).toMatch(new RegExp(`^${replyTo}\\s+false\\s+true\\s*$`, "m"));
    }
    await client.close();
    const gone = (await stranger.channel()).declare(replyTo, { passive: true });
    await expect(gone).rejects.toMatchObject({ code: 404 });
  });

  test("that is one-way has neither correlation_id nor reply_to nor expiration, and is persistent", async () => {
    const { properties } = await arrival((client) => client.call("addOne").withArgs(1).void());
    expect(properties).not.toHaveProperty("correlationId");
    expect(properties).not.toHaveProperty("replyTo");
    expect(properties).not.toHaveProperty("expiration");
    expect(properties).toMatchObject({ deliveryMode: 2, contentType: "application/json" });
  });

  test("that somebody waits for is not persistent", async () => {
    const { properties } = await arrival((client) => client.call("addOne").sync());
    expect(properties.deliveryMode ?? 1).toBe(1);
  });

  test("has a message_id, by which a returned message is told apart", async () => {
    const requests = await arrivals(async (client) => {
      await client.call("addOne").sync();
      await client.call("addOne").void();
      await client.call("addOne").sync();
    });
    const ids = requests.map(({ properties }) => properties.messageId);
    expect(ids.every((id) => id !== undefined && id !== "")).toBe(true);
    expect(new Set(ids).size).toBe(3);
  });

  test("has no property that version 1 does not know", async () => {
    const { properties } = await arrival((client) => client.call("addOne").withArgs(1).sync());
    const known = [
      "contentType",
      "correlationId",
      "deliveryMode",
      "expiration",
      "headers",
      "messageId",
      "replyTo",
    ];
    expect(known).toEqual(expect.arrayContaining(Object.keys(properties)));
  });

  test("of 300 kB comes in several frames, whole", async () => {
    const body = Buffer.alloc(300_000, "porthos ");
    const request = await arrival((client) => client.call("addOne").withBody(body).sync());
    expect(request.body.equals(body)).toBe(true);
  });
}
