import type { Broker } from "@porthos-rpc/brokers";
import type { Response } from "@porthos-rpc/client";
import { expect, test } from "vitest";
import { Arrivals } from "../arrivals.js";
import { brokerRow } from "../rows.js";
import { type Field, int32, text } from "../seed-peer/field-table.js";
import { RawConnection } from "../seed-peer/raw-connection.js";
import { type SeedAnswer, SeedServer } from "../seed-peer/seed-server.js";
import { Stage } from "../stage.js";

export function repliesOfSeed(broker: Broker): void {
  const url = broker.url("amqp091");
  const row = brokerRow(broker, "amqp091");

  /** What our client makes of an answer of the seed's. */
  async function received(answer: SeedAnswer): Promise<Response> {
    await using stage = new Stage(row);
    await using _seed = await SeedServer.open(url, stage.service, { addOne: () => answer });
    const client = await stage.client();
    return await client.call("addOne").sync();
  }

  test("is understood: status, content type and body", async () => {
    const body = '{"original_value":20,"value_plus_one":21}';
    const response = await received({ status: 200, contentType: "application/json", body });
    expect(response.statusCode).toBe(200);
    expect(response.contentType).toBe("application/json");
    expect(response.json()).toEqual({ original_value: 20, value_plus_one: 21 });
  });

  test.each([201, 400, 404, 500, 503])("with the status %d resolves the call with it", async (status) => {
    const response = await received({ status });
    expect(response.statusCode).toBe(status);
    expect(response.ok).toBe(status < 300);
  });

  test.each([
    ["int8", "b", 100],
    ["uint8", "B", 200],
    ["int16, as porthos-go once sent it", "s", 404],
    ["uint16", "u", 404],
    ["int32", "I", 404],
    ["uint32", "i", 404],
    ["int64", "l", 404],
    ["a decimal string", "S", "404"],
  ])("may have its status as %s", async (_name, type, value) => {
    const response = await received({ headers: [{ name: "statusCode", type, value }] });
    expect(response.statusCode).toBe(Number(value));
  });

  test.each([
    ["no status", []],
    ["a fraction as its status", [{ name: "statusCode", type: "d", value: 200.5 }]],
    ["a word as its status", [text("statusCode", "fine")]],
    ["a table as its status", [{ name: "statusCode", type: "F", value: [int32("code", 200)] }]],
    ["nothing (void) as its status", [{ name: "statusCode", type: "V", value: null }]],
    ["a negative status", [int32("statusCode", -1)]],
  ] satisfies [string, Field[]][])("with %s is a BadReply, at once", async (_name, headers) => {
    await expect(received({ headers })).rejects.toMatchObject({ code: "BadReply", executed: "yes" });
  });

  test("without content type and body has neither", async () => {
    const response = await received({ status: 204 });
    expect(response.contentType).toBeUndefined();
    expect(response.body).toHaveLength(0);
  });

  test("may have headers that nobody knows, of every type", async () => {
    const unknown: Field[] = [
      text("x-go", "1.21"),
      text("porthos-from-the-future", "yes"),
      { name: "x-flag", type: "t", value: true },
      { name: "x-long", type: "l", value: 2n ** 40n },
      { name: "x-double", type: "d", value: 0.5 },
      { name: "x-void", type: "V", value: null },
      { name: "x-table", type: "F", value: [text("inner", "deep")] },
    ];
    const response = await received({ headers: [...unknown, int32("statusCode", 200)], body: "1" });
    expect(response.statusCode).toBe(200);
    expect(response.headers.get("x-go")).toBe("1.21");
    expect(response.headers.get("x-long")).toBe(2 ** 40);
  });

  test("of 300 kB in several frames arrives whole", async () => {
    const body = Buffer.alloc(300_000, "seed ");
    expect(Buffer.from((await received({ body })).body).equals(body)).toBe(true);
  });

  test("that does not come, since a seed server drops unknown methods, ends the call with Timeout", async () => {
    await using stage = new Stage(row);
    await using seed = await SeedServer.open(url, stage.service);
    const client = await stage.client();
    const startedMs = performance.now();
    const call = client.call("divide").withTimeout(300).sync();
    await expect(call).rejects.toMatchObject({ code: "Timeout", executed: "maybe" });
    expect(performance.now() - startedMs).toBeLessThan(300 + 250);
    expect(seed.requests.count).toBe(1);
  });

  test("with another's correlation_id, or none, is dropped, and the right one found", async () => {
    await using stage = new Stage(row);
    await using seed = await SeedServer.open(url, stage.service);
    const client = await stage.client();
    const strays = new Arrivals<string>("a stray reply");
    client.on("stray", ({ kind }) => strays.add(kind));
    const answer = client.call("unknownToTheSeed").sync();
    const { replyTo = "", correlationId = Buffer.alloc(0) } = (await seed.requests.next()).properties;
    await using connection = await RawConnection.open(url);
    const channel = await connection.channel();
    const headers = [int32("statusCode", 200)];
    channel.publish("", replyTo, { headers }, Buffer.from("none"));
    channel.publish(
      "",
      replyTo,
      { headers, correlationId: Buffer.from("somebody else") },
      Buffer.from("wrong"),
    );
    channel.publish(
      "",
      replyTo,
      { headers, correlationId: Buffer.from([0xc0, 0, 0xff]) },
      Buffer.from("no text"),
    );
    channel.publish("", replyTo, { headers, correlationId }, Buffer.from("right"));
    expect((await answer).text()).toBe("right");
    channel.publish("", replyTo, { headers, correlationId }, Buffer.from("again"));
    expect(await strays.take(4)).toEqual(["unmatched", "unmatched", "unmatched", "duplicate"]);
  });

  test("in any order finds its own call", async () => {
    await using stage = new Stage(row);
    await using seed = await SeedServer.open(url, stage.service);
    const client = await stage.client();
    const calls = Array.from({ length: 50 }, (_, value) =>
      client.call("unknownToTheSeed").withArgs(value).sync(),
    );
    const requests = await seed.requests.take(50);
    await using connection = await RawConnection.open(url);
    const channel = await connection.channel();
    for (const { properties, body } of requests.reverse()) {
      const { replyTo = "", correlationId = Buffer.alloc(0) } = properties;
      channel.publish("", replyTo, { headers: [int32("statusCode", 200)], correlationId }, body);
    }
    const answers = (await Promise.all(calls)).map((response) => response.json());
    expect(answers).toEqual(Array.from({ length: 50 }, (_, value) => [value]));
  });
}
