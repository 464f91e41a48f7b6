import { limit } from "@porthos-rpc/extension-limit";
import { retry } from "@porthos-rpc/extension-retry";
import type { Extension } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Latch } from "../latch.js";
import { Stage } from "../stage.js";
import { rows } from "./rows.js";

type Said = Readonly<Record<string, unknown>> | undefined;

const saidOf = (extension: Extension): Said => extension.server?.describe?.() as Said;

describe.concurrent.each(rows)("limits over %s", (_title, row) => {
  test("answer what is beyond them 429, not executed, and say when to come back", async () => {
    await using stage = new Stage(row, "limit");
    const latch = new Latch();
    const limits = limit({ concurrent: 2 });
    let runs = 0;
    await stage.server(
      {
        work: async () => {
          runs++;
          await latch.pass();
          return "done";
        },
      },
      { extensions: [limits] },
    );
    const client = await stage.client();
    const calls = Array.from({ length: 5 }, () => client.call("work").sync());
    const first = await Promise.race(calls);
    expect(first.statusCode).toBe(429);
    expect(first.headers.get("Retry-After")).toBe(1);
    expect(first.json()).toMatchObject({
      executed: "no",
      detail: "the limit of this service is 2 at a time",
    });
    latch.open();
    const statuses = (await Promise.all(calls)).map(({ statusCode }) => statusCode);
    expect([statuses.sort(), runs]).toEqual([[200, 200, 429, 429, 429], 2]);
    expect(saidOf(limits)).toMatchObject({ passed: 2, refused: 3, running: 0 });
  });

  test("bound each client by itself; the other is served", async () => {
    await using stage = new Stage(row, "limit");
    const limits = limit({ perCaller: { rate: 0.001, burst: 2 } });
    await stage.server({ work: () => "done" }, { extensions: [limits] });
    const clients = [await stage.client(), await stage.client()];
    const statuses = await Promise.all(
      clients.map(async (client) => {
        const responses = await Promise.all([1, 2, 3].map(() => client.call("work").sync()));
        return responses.map(({ statusCode }) => statusCode).sort();
      }),
    );
    expect(statuses).toEqual([
      [200, 200, 429],
      [200, 200, 429],
    ]);
    expect(saidOf(limits)).toMatchObject({ callers: 2 });
  });

  test("lose no one-way request", async () => {
    await using stage = new Stage(row, "limit");
    const texts: unknown[] = [];
    const all = new Latch();
    await stage.server(
      {
        log: (request) => {
          texts.push(request.json());
          if (texts.length === 5) all.open();
        },
      },
      { extensions: [limit({ rate: 0.001, burst: 1 })] },
    );
    const client = await stage.client();
    for (let n = 0; n < 5; n++) await client.call("log").withStruct(n).void();
    await all.pass();
    expect(texts.sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test("of a client keep calls from being sent, which a retry makes when they may be", async () => {
    await using stage = new Stage(row, "limit");
    await stage.server({ work: () => "done" });
    const plain = await stage.client({ extensions: [limit({ rate: 10, burst: 2 })] });
    const call = (client: typeof plain) => client.call("work").sync();
    const ends = await Promise.allSettled([call(plain), call(plain), call(plain)]);
    expect(ends).toMatchObject([
      { value: { statusCode: 200 } },
      { value: { statusCode: 200 } },
      { reason: { code: "Overloaded", executed: "no", details: { retryAfterMs: expect.any(Number) } } },
    ]);
    const patient = await stage.client({
      extensions: [limit({ rate: 10, burst: 2 }), retry({ maxAttempts: 9 })],
    });
    const answers = await Promise.all([call(patient), call(patient), call(patient), call(patient)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
  });

  test("fall while requests are too old when they come up, as their callers' ids tell", async () => {
    await using stage = new Stage(row, "limit");
    const limits = limit({ concurrent: 100, adaptive: { targetAgeMs: 1 } });
    const handlers = { work: () => new Promise((resolve) => setTimeout(resolve, 20)) };
    // One at a time, so that the others wait in the queue.
    await stage.server(handlers, { extensions: [limits], maxInFlight: 1 });
    const client = await stage.client();
    await Promise.all(Array.from({ length: 30 }, () => client.call("work").sync()));
    expect(saidOf(limits)?.["ceiling"]).toBeLessThan(100);
  });
});
