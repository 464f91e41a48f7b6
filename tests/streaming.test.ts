import type { Server, StreamHandler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";
import { within } from "./waits.js";

/** A server of this stage's service that has streams. */
async function streaming(
  stage: Stage,
  handlers: Readonly<Record<string, StreamHandler>>,
  plain: Parameters<Stage["server"]>[0] = {},
): Promise<Server> {
  return stage.server(plain, {}, handlers);
}

const countTo: StreamHandler = async function* (request) {
  const { to } = request.json<{ to: number }>();
  for (let n = 1; n <= to; n++) yield n;
};

describe.each(rows)("streams over %s", (_title, row) => {
  test("items arrive in order, once each, and the stream ends", async () => {
    await using stage = new Stage(row);
    await streaming(stage, { countTo });
    const client = await stage.client();
    for (const to of [0, 1, 1_000]) {
      const items: number[] = [];
      for await (const n of client.call("countTo").withMap({ to }).stream<number>()) items.push(n);
      expect(items).toEqual(Array.from({ length: to }, (_, i) => i + 1));
    }
  });

  test("items go both ways at once", async () => {
    await using stage = new Stage(row);
    await streaming(stage, {
      async *double(_request, upload) {
        for await (const n of upload) yield 2 * (n as number);
      },
    });
    const client = await stage.client();
    const upload = Array.from({ length: 1_000 }, (_, i) => i);
    const items: number[] = [];
    for await (const n of client.call("double").stream<number>({ upload })) items.push(n);
    expect(items).toEqual(upload.map((n) => 2 * n));
  });

  test("a handler that reads an upload comes to its end where its caller uploads nothing", async () => {
    await using stage = new Stage(row);
    await streaming(stage, {
      async *count(_request, upload) {
        let count = 0;
        for await (const _ of upload) count++;
        yield count;
      },
    });
    const client = await stage.client();
    const read = readAll(client.call("count").stream<number>());
    expect(await within(5_000, "the stream's end", read)).toEqual({ items: [0], error: undefined });
  });

  test("bytes travel as they are", async () => {
    await using stage = new Stage(row);
    await streaming(stage, {
      async *echo(_request, upload) {
        for await (const item of upload) yield item;
      },
    });
    const client = await stage.client();
    const upload = [Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(255)];
    const items: Uint8Array[] = [];
    for await (const item of client.call("echo").stream<Uint8Array>({ upload })) items.push(item);
    expect(items.map((item) => [...item])).toEqual([[1, 2], [], [255]]);
  });

  test("a slow reader holds the writer within its window", async () => {
    await using stage = new Stage(row);
    let given = 0;
    await streaming(stage, {
      async *endless() {
        for (;;) yield ++given;
      },
    });
    const client = await stage.client();
    let read = 0;
    let mostAhead = 0;
    for await (const _ of client.call("endless").stream({ window: 32 })) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      read++;
      mostAhead = Math.max(mostAhead, given - read);
      if (read === 200) break;
    }
    expect(mostAhead).toBeLessThanOrEqual(32);
  });

  // All of the million where both protocols meet one broker; on the others enough to see whether anything grows.
  const many = row.url.startsWith("memory") || _title.endsWith("rabbitmq-4.3") ? 1_000_000 : 100_000;

  test(`${many.toLocaleString("en")} items need no more memory than a few`, {
    timeout: 120_000,
  }, async () => {
    await using stage = new Stage(row);
    await streaming(stage, { countTo });
    const client = await stage.client();
    const floors: number[] = [];
    let floor = Number.POSITIVE_INFINITY;
    let expected = 1;
    for await (const n of client.call("countTo").withMap({ to: many }).stream<number>()) {
      if (n !== expected++) throw new Error(`item ${n} came for item ${expected - 1}`);
      if (n % 100 === 0) floor = Math.min(floor, process.memoryUsage().heapUsed);
      if (n % (many / 10) === 0) {
        floors.push(floor);
        floor = Number.POSITIVE_INFINITY;
      }
    }
    expect(expected - 1).toBe(many);
    // The least that was in use in a tenth of the stream, which is what a collection of garbage left.
    const [first = 0, second = 0] = floors;
    expect(Math.min(...floors.slice(-3))).toBeLessThan(Math.max(first, second) + 16 * 1024 * 1024);
  });

  test("leaving early stops the handler", async () => {
    await using stage = new Stage(row);
    const ended = new Arrivals<true>("the end of the handler");
    await streaming(stage, {
      async *endless() {
        try {
          for (let n = 0; ; n++) yield n;
        } finally {
          ended.add(true);
        }
      },
    });
    const client = await stage.client();
    for await (const n of client.call("endless").stream<number>()) if (n === 10) break;
    await ended.next();
  });

  test("an aborted signal ends the stream with Cancelled, and stops the handler", async () => {
    await using stage = new Stage(row);
    const aborted = new Arrivals<true>("an aborted handler");
    await streaming(stage, {
      async *once({ signal }) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted.add(true);
      },
    });
    const client = await stage.client();
    const controller = new AbortController();
    const items = client.call("once").withSignal(controller.signal).stream<number>();
    expect(await items.next()).toEqual({ done: false, value: 1 });
    controller.abort();
    await expect(items.next()).rejects.toMatchObject({ code: "Cancelled" });
    await aborted.next();
  });

  test("an error in the middle arrives after the items before it", async () => {
    await using stage = new Stage(row);
    const server = await streaming(stage, {
      async *broken() {
        yield 1;
        yield 2;
        throw new Error("s3cret");
      },
    });
    server.on("handlerError", () => {});
    const client = await stage.client();
    const { items, error } = await readAll(client.call("broken").stream<number>());
    expect(items).toEqual([1, 2]);
    expect(error).toMatchObject({ code: "Remote", status: 500, executed: "yes" });
    expect(JSON.stringify(error)).not.toContain("s3cret");
  });

  test("an upload whose source throws ends the call with that error, and the handler too", async () => {
    await using stage = new Stage(row);
    const ended = new Arrivals<true>("the end of the handler");
    const server = await streaming(stage, {
      async *swallow(_request, upload) {
        try {
          for await (const _ of upload) yield 1;
        } finally {
          ended.add(true);
        }
      },
    });
    server.on("handlerError", () => {});
    const client = await stage.client();
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error("no more");
    }
    const { error } = await readAll(client.call("swallow").stream({ upload: failing() }));
    expect(error).toEqual(new Error("no more"));
    await ended.next();
  });

  test("a method that is no stream, an unknown one, and one that is a stream but called plainly, say so", async () => {
    await using stage = new Stage(row);
    await streaming(stage, { countTo }, { plain: () => 1 });
    const client = await stage.client();
    expect((await readAll(client.call("plain").stream())).error).toMatchObject({ code: "BadReply" });
    expect((await readAll(client.call("unknown").stream())).error).toMatchObject({
      code: "Remote",
      status: 404,
    });
    expect((await client.call("countTo").withMap({ to: 1 }).sync()).statusCode).toBe(400);
  });

  test("its deadlines are of the whole, and of the wait for one item", async () => {
    await using stage = new Stage(row);
    const aborted = new Arrivals<true>("an aborted handler");
    await streaming(stage, {
      async *once({ signal }) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted.add(true);
      },
    });
    const client = await stage.client();
    const whole = await readAll(client.call("once").withTimeout(400).stream());
    expect(whole).toMatchObject({ items: [1], error: { code: "Timeout" } });
    await aborted.next();
    const idle = await readAll(client.call("once").stream({ idleTimeoutMs: 300 }));
    expect(idle).toMatchObject({ items: [1], error: { code: "Timeout" } });
    expect(String(idle.error)).toContain("idleTimeoutMs");
    await aborted.next();
  });

  test("a stream ends when its server closes", async () => {
    await using stage = new Stage(row);
    const server = await streaming(stage, {
      async *once({ signal }) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
    const client = await stage.client();
    const items = client.call("once").stream<number>();
    await items.next();
    void server.close();
    await expect(within(5_000, "the stream's end", items.next())).rejects.toMatchObject({
      code: "Unavailable",
      status: 503,
      executed: "maybe",
    });
  });

  test("a client that closes ends its streams", async () => {
    await using stage = new Stage(row);
    const aborted = new Arrivals<true>("an aborted handler");
    await streaming(stage, {
      async *once({ signal }) {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted.add(true);
      },
    });
    const client = await stage.client();
    const items = client.call("once").stream<number>();
    await items.next();
    const end = expect(items.next()).rejects.toMatchObject({ code: "Closed" });
    await client.close();
    await end;
    await aborted.next();
  });
});

async function readAll<T>(stream: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of stream) items.push(item);
    return { items, error: undefined };
  } catch (error) {
    return { items, error };
  }
}
