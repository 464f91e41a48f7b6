import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "@porthos-rpc/client";
import { metrics } from "@porthos-rpc/extension-metrics";
import type { Handler } from "@porthos-rpc/server";
import { expect, test } from "vitest";
import type { Row } from "../rows.js";
import { Stage } from "../stage.js";
import { expectJson, QueueReader } from "./queue-reader.js";

const QUEUE = "porthos.metrics";
const MS = 1_000_000;
/** What timers are early by, at most. */
const EARLY_MS = 2;

const HANDLERS: Readonly<Record<string, Handler>> = {
  addOne: (request) => request.json<number>() + 1,
  nap: () => delay(50),
  refuse: (_request, response) => response.json(422, "no"),
  crash: () => {
    throw new Error("on purpose");
  },
  log: () => {},
};

/** What they answer, in the order in which they are called. */
const STATUSES = { addOne: 200, nap: 204, refuse: 422, crash: 500, log: 204 };

interface Entry {
  readonly responsetime: number;
}

export function metricsQueue(row: Row): void {
  test("has an array of what each request was, by name, in the seed's form: service, method, nanoseconds, status", async () => {
    await using _ = await emptied(row);
    await using stage = new Stage(row, "metrics");
    await using reader = await QueueReader.open(row, QUEUE, stage.service);
    const extension = metrics({ bufferSize: 5 });
    const server = await stage.server(HANDLERS, { extensions: [extension] });
    // Or it is printed.
    server.on("handlerError", () => {});
    const client = await stage.client();
    for (const method of ["addOne", "nap", "refuse", "crash"]) await call(client, method);
    await client.call("log").withArgs("INFO", "a line").void();
    const message = await reader.messages.next();
    expectJson(message, row);
    const entries = JSON.parse(message.body) as Entry[];
    const expected = Object.entries(STATUSES).map(([methodName, statusCode], index) => ({
      serviceName: stage.service,
      methodName,
      responsetime: entries[index]?.responsetime,
      statusCode,
    }));
    expect(entries).toEqual(expected);
    // Byte for byte, in the order of the seed.
    expect(message.body).toBe(JSON.stringify(expected));
    expect(entries.map(({ responsetime }) => responsetime)).toSatisfy((times: number[]) =>
      times.every((time) => Number.isSafeInteger(time) && time > 0),
    );
    const napMs = (entries[1]?.responsetime ?? 0) / MS;
    expect(napMs).toBeGreaterThanOrEqual(50 - EARLY_MS);
    expect(napMs).toBeLessThan(5_000);
    // A returned message is told apart by its id; which properties cross from AMQP 1.0 is the broker's affair.
    if (row.transport === "amqp091")
      expect(["contentType", "deliveryMode", "headers", "messageId"]).toEqual(
        expect.arrayContaining([...message.properties]),
      );
    await server.shutdown();
    expect(extension.server?.describe?.()).toMatchObject({ shipped: 5, waiting: 0, dropped: 0 });
  });

  test("has fewer at the interval, and what is left when the server stops", async () => {
    await using _ = await emptied(row);
    await using stage = new Stage(row, "metrics");
    await using reader = await QueueReader.open(row, QUEUE, stage.service);
    const server = await stage.server(HANDLERS, { extensions: [metrics({ intervalMs: 100 })] });
    const client = await stage.client();
    await call(client, "addOne");
    expect(JSON.parse((await reader.messages.next()).body)).toMatchObject([{ methodName: "addOne" }]);
    await Promise.all([call(client, "refuse"), call(client, "refuse")]);
    await server.shutdown();
    const left: Entry[] = [];
    while (left.length < 2) left.push(...(JSON.parse((await reader.messages.next()).body) as Entry[]));
    expect(left).toMatchObject([{ methodName: "refuse" }, { methodName: "refuse" }]);
  });
}

/** What becomes of metrics that nobody could have read: a second for the next try. */
export function missingMetricsQueue(row: Row): void {
  test("costs calls nothing while it is missing, and has all of them, in order, once a reader has declared it", async (context) => {
    await using _ = await emptied(row);
    await using stage = new Stage(row, "metrics");
    const transport = await stage.transport();
    const extension = metrics({ bufferSize: 10, intervalMs: 50 });
    await stage.server(HANDLERS, { transport, extensions: [extension] });
    const client = await stage.client();
    for (let index = 0; index < 25; index++)
      expect(
        (
          await client
            .call(index % 2 === 0 ? "addOne" : "log")
            .withStruct(1)
            .sync()
        ).ok,
      ).toBe(true);
    if (!transport.features.unroutableSends)
      context.skip("this broker does not tell that a queue is missing");
    expect(extension.server?.describe?.()).toMatchObject({ shipped: 0, waiting: 25, dropped: 0 });
    await using reader = await QueueReader.open(row, QUEUE, stage.service);
    const messages = await reader.messages.take(3);
    const entries = messages.map(({ body }) => JSON.parse(body) as { methodName: string }[]);
    expect(entries.map(({ length }) => length)).toEqual([10, 10, 5]);
    const methods = entries.flat().map(({ methodName }) => methodName);
    expect(methods).toEqual(methods.map((_method, index) => (index % 2 === 0 ? "addOne" : "log")));
  });
}

async function call(client: Client, method: string): Promise<void> {
  await client.call(method).withStruct(1).sync();
}

/** A queue that nobody has declared yet, and that is gone when the test is over, where it can be. */
export async function emptied(row: Row, queue: string = QUEUE): Promise<AsyncDisposable> {
  await row.removeQueues([queue]);
  return { [Symbol.asyncDispose]: () => row.removeQueues([queue]) };
}
