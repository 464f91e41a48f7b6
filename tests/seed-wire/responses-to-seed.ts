import type { Broker } from "@porthos-rpc/brokers";
import type { Handler } from "@porthos-rpc/server";
import { expect, test } from "vitest";
import { Arrivals } from "../arrivals.js";
import { brokerRow } from "../rows.js";
import { type Field, int32, text } from "../seed-peer/field-table.js";
import { jsonOf, SeedClient, statusInGo } from "../seed-peer/seed-client.js";
import { Stage } from "../stage.js";

const JSON_CALL = { body: '{"value":20}', contentType: "application/json" };

const addOne: Handler = (request, response) => {
  const { value } = request.json<{ value: number }>();
  response.json(200, { original_value: value, value_plus_one: value + 1 });
};
const answer: Handler = (request, response) => response.empty(request.args<[number]>()[0]);

export function responsesToSeed(broker: Broker): void {
  const url = broker.url("amqp091");
  const row = brokerRow(broker, "amqp091");

  test.each([
    ["of its own name, as porthos-go's", "named"],
    ["named by the broker, as Python's and JavaScript's", "server-named"],
  ] as const)("goes by the default exchange to reply_to, a queue %s", async (_what, inbox) => {
    await using stage = new Stage(row);
    await stage.server({ addOne });
    await using client = await SeedClient.open(url, stage.service, inbox);
    const reply = await client.call("addOne", JSON_CALL);
    expect(reply).toMatchObject({ exchange: "", routingKey: client.replyTo });
    expect(statusInGo(reply)).toBe(200);
    expect(jsonOf(reply)).toEqual({ original_value: 20, value_plus_one: 21 });
  });

  test.each([
    ["a UUID, as porthos-go's", Buffer.from("7a3f6f2e-9a4b-4a53-8a8f-2f1f3e5d7c9b")],
    ["of 255 bytes", Buffer.alloc(255, "x")],
    ["of every script", Buffer.from("Ærøskøbing 東京 🧮")],
  ])("echoes a correlation_id %s, byte for byte", async (_what, correlationId) => {
    await using stage = new Stage(row);
    await stage.server({ addOne });
    await using client = await SeedClient.open(url, stage.service);
    const { properties } = await client.call("addOne", { ...JSON_CALL, correlationId });
    expect(Buffer.from(properties.correlationId ?? []).equals(correlationId)).toBe(true);
  });

  // porthos-go before it had UUIDs sends the address of a slot, and follows what comes back. It is no UTF-8, which is
  // all that amqplib can read and write.
  test.fails("echoes a correlation_id that is no text, byte for byte", async () => {
    const correlationId = Buffer.from([0x40, 0x23, 0x01, 0x00, 0xc0, 0x00, 0x00, 0x00]);
    await using stage = new Stage(row);
    await stage.server({ addOne });
    await using client = await SeedClient.open(url, stage.service);
    const { properties } = await client.call("addOne", { ...JSON_CALL, correlationId });
    expect(Buffer.from(properties.correlationId ?? []).equals(correlationId)).toBe(true);
  });

  test("has no correlation_id where the request had none", async () => {
    await using stage = new Stage(row);
    await stage.server({ addOne });
    await using client = await SeedClient.open(url, stage.service);
    const { properties } = await client.call("addOne", { ...JSON_CALL, correlationId: Buffer.alloc(0) });
    expect(properties).not.toHaveProperty("correlationId");
  });

  test.each([100, 127, 128, 200, 204, 255, 256, 299, 400, 404, 500, 599])(
    "has the status %d as an int32: its type byte in the frame is I",
    async (status) => {
      await using stage = new Stage(row);
      await stage.server({ answer });
      await using client = await SeedClient.open(url, stage.service);
      const call = { body: `[${status}]`, contentType: "application/json" };
      const { properties } = await client.call("answer", call);
      expect(properties.headers?.filter(({ name }) => name === "statusCode")).toEqual([
        int32("statusCode", status),
      ]);
    },
  );

  test("keeps the status an int32 beside headers of the handler's own", async () => {
    await using stage = new Stage(row);
    await stage.server({
      answer: (_request, response) => {
        response.headers.set("x-count", 7);
        response.headers.set("x-word", "seven");
        response.empty(200);
      },
    });
    await using client = await SeedClient.open(url, stage.service);
    const { properties } = await client.call("answer");
    expect(properties.headers).toEqual(
      expect.arrayContaining([int32("statusCode", 200), int32("x-count", 7), text("x-word", "seven")]),
    );
  });

  test("has the content_type of its body, and none without one", async () => {
    await using stage = new Stage(row);
    await stage.server({
      addOne,
      image: (_, response) => response.raw(200, "image/png", Uint8Array.of(1)),
      answer,
    });
    await using client = await SeedClient.open(url, stage.service);
    expect((await client.call("addOne", JSON_CALL)).properties.contentType).toBe("application/json");
    expect((await client.call("image")).properties.contentType).toBe("image/png");
    const empty = await client.call("answer", { body: "[204]", contentType: "application/json" });
    expect(empty.properties).not.toHaveProperty("contentType");
    expect(empty.body).toHaveLength(0);
  });

  test("has no header but statusCode and those whose names start with porthos-", async () => {
    await using stage = new Stage(row);
    await stage.server({ addOne });
    await using client = await SeedClient.open(url, stage.service);
    const { headers = [] } = (await client.call("addOne", JSON_CALL)).properties;
    expect(headers.filter(({ name }) => !name.startsWith("porthos-"))).toEqual([int32("statusCode", 200)]);
  });

  test("has a message_id, by which a returned message is told apart", async () => {
    await using stage = new Stage(row);
    await stage.server({ addOne });
    await using client = await SeedClient.open(url, stage.service);
    const ids = [await client.call("addOne", JSON_CALL), await client.call("addOne", JSON_CALL)].map(
      ({ properties }) => properties.messageId,
    );
    expect(ids.every((id) => id !== undefined && id !== "")).toBe(true);
    expect(new Set(ids).size).toBe(2);
  });

  test("comes to a request whose method has a name of 200 characters", async () => {
    const longest = "m".repeat(200);
    await using stage = new Stage(row);
    await stage.server({ [longest]: () => "here" });
    await using client = await SeedClient.open(url, stage.service);
    expect(jsonOf(await client.call(longest))).toBe("here");
  });

  test("is not given to a one-way request, which runs all the same", async () => {
    await using stage = new Stage(row);
    const logged = new Arrivals<readonly unknown[]>("a logged line");
    await stage.server({ log: (request) => logged.add(request.args()), addOne });
    await using client = await SeedClient.open(url, stage.service);
    client.void("log", { body: '["INFO","some message"]', contentType: "application/json" });
    expect(await logged.next()).toEqual(["INFO", "some message"]);
    await client.call("addOne", JSON_CALL);
    expect(client.replies.count).toBe(1);
  });

  test("comes in spite of headers and properties that nobody knows", async () => {
    await using stage = new Stage(row);
    await stage.server({ addOne });
    await using client = await SeedClient.open(url, stage.service);
    const headers: Field[] = [
      text("porthos-from-the-future", "yes"),
      text("X-Method", "addOne"),
      { name: "x-void", type: "V", value: null },
      { name: "x-table", type: "F", value: [{ name: "l", type: "l", value: -1n }] },
    ];
    expect(statusInGo(await client.call("addOne", { ...JSON_CALL, headers }))).toBe(200);
  });

  test("knows the seed's deadline: the handler sees the rest of expiration", async () => {
    await using stage = new Stage(row);
    const leftMs = new Arrivals<number>("a deadline");
    await stage.server({
      look: ({ deadline }) => leftMs.add(deadline === undefined ? -1 : +deadline - Date.now()),
    });
    await using client = await SeedClient.open(url, stage.service);
    await client.call("look", { timeoutMs: 7_000 });
    const left = await leftMs.next();
    expect(left).toBeGreaterThan(6_000);
    expect(left).toBeLessThanOrEqual(7_000);
  });

  test("is sent before the request is acknowledged: a caller that is gone loses its answer, nobody else", async () => {
    await using stage = new Stage(row);
    const lost = new Arrivals<string>("a lost reply");
    const server = await stage.server({ addOne });
    server.on("replyLost", ({ outcome }) => lost.add(outcome.kind));
    const gone = await SeedClient.open(url, stage.service, "server-named");
    const { replyTo } = gone;
    await gone[Symbol.asyncDispose]();
    await using client = await SeedClient.open(url, stage.service);
    client.sendFor(replyTo, "addOne", JSON_CALL);
    expect(await lost.next()).toBe("unroutable");
    expect(statusInGo(await client.call("addOne", JSON_CALL))).toBe(200);
  });
}
