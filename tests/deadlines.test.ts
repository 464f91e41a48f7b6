import { setTimeout as delay } from "node:timers/promises";
import type { Response } from "@porthos-rpc/client";
import type { Handler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { Latch } from "./latch.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";
import { within } from "./waits.js";

/** How much later than its deadline a call may end. */
const GRACE_MS = 250;

describe.each(rows)("the end of a call over %s", (_title, row) => {
  test("a service that nobody serves is known at once, not after the timeout", async ({ skip }) => {
    await using stage = new Stage(row);
    const transport = await stage.transport();
    if (!transport.features.unroutableSends) skip("the broker does not tell: unroutableSends is false");
    const client = await stage.client({ transport, timeoutMs: 30_000 });
    const { error, elapsedMs } = await failureOf(client.call("anything").sync());
    expect(error).toMatchObject({ code: "NoService", executed: "no" });
    expect(elapsedMs).toBeLessThan(1_000);
    await expect(client.call("anything").void()).rejects.toMatchObject({ code: "NoService", executed: "no" });
  });

  test("a timeout says that the call was running, or that it was queued", async () => {
    await using stage = new Stage(row);
    const aborted = new Arrivals<boolean>("an aborted handler");
    const started = new Arrivals<true>("a started run");
    const ponder: Handler = (request) => {
      started.add(true);
      return untilAborted(request.signal, aborted);
    };
    await stage.server({ ponder }, { maxInFlight: 1 });
    const client = await stage.client();
    const running = failureOf(client.call("ponder").withTimeout(800).sync());
    await started.next();
    const queued = await failureOf(client.call("ponder").withTimeout(200).sync());
    expect((queued.error as Error).message).toMatch(/no answer within 200 ms \(after \d+ ms, .*queue/);
    expect(queued.elapsedMs).toBeLessThan(200 + GRACE_MS);
    const { error } = await running;
    expect((error as Error).message).toMatch(
      /no answer within 800 ms \(after \d+ ms, running at the server\)/,
    );
    expect(started.count).toBe(1);
  });

  test("the time in the queue counts: a handler is told what is left, and ends with its caller", async () => {
    await using stage = new Stage(row);
    const left = new Arrivals<number>("a run");
    const first = await stage.server({ tell: () => {} });
    await first.shutdown();
    const client = await stage.client();
    const call = client.call("tell").withTimeout(5_000).sync();
    await delay(1_000);
    await stage.server({
      tell: (request) => left.add((request.deadline?.getTime() ?? Number.NaN) - Date.now()),
    });
    await call;
    const leftMs = await left.next();
    expect(leftMs).toBeGreaterThan(1_000);
    expect(leftMs).toBeLessThan(4_100);
  });

  test("the calls that a handler makes end by the deadline of its own request", async () => {
    await using stage = new Stage(row);
    const aborted = new Arrivals<boolean>("an aborted handler");
    const inner = `${stage.service}-inner`;
    await stage.server({ ponder: (request) => untilAborted(request.signal, aborted) }, { service: inner });
    const innerClient = await stage.client({ service: inner, timeoutMs: 60_000 });
    const ends = new Arrivals<unknown>("the end of a nested call");
    await stage.server({
      outer: async () => {
        await delay(1);
        const { error } = await failureOf(innerClient.call("ponder").sync());
        ends.add(error);
      },
    });
    const client = await stage.client();
    await failureOf(client.call("outer").withTimeout(500).sync());
    const nested = (await ends.next()) as Error;
    expect(nested).toMatchObject({ code: "Timeout" });
    const [, limitMs] = /no answer within (\d+) ms/.exec(nested.message) ?? [];
    expect(Number(limitMs)).toBeLessThanOrEqual(500);
    expect(await aborted.next()).toBe(true);
  });

  test("a cancelled slot ends at once with Cancelled, and cancelling again does nothing", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    await stage.server({
      hold: async () => {
        started.add(true);
        await latch.pass();
      },
    });
    const client = await stage.client();
    const slot = await client.call("hold").async();
    await started.next();
    slot.cancel();
    slot.cancel();
    await expect(within(1_000, "the slot's end", slot.response)).rejects.toMatchObject({
      code: "Cancelled",
      executed: "maybe",
      retryable: false,
    });
    latch.open();
  });

  test("a slot that was answered keeps its response, whatever is done to it then", async () => {
    await using stage = new Stage(row);
    await stage.server({ one: () => 1 });
    const client = await stage.client();
    let response: Promise<Response>;
    {
      await using slot = await client.call("one").async();
      response = slot.response;
      expect((await response).json()).toBe(1);
    }
    expect((await response).json()).toBe(1);
  });

  test("leaving a slot's scope cancels its call", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    await stage.server({ hold: latch.pass });
    const client = await stage.client();
    let response: Promise<Response>;
    {
      await using slot = await client.call("hold").async();
      response = slot.response;
    }
    await expect(response).rejects.toMatchObject({ code: "Cancelled" });
    latch.open();
  });

  test("one call more than maxPending is Overloaded at once, and there is room again after an answer", async () => {
    await using stage = new Stage(row);
    const latch = new Latch();
    await stage.server({ hold: latch.pass });
    const client = await stage.client({ maxPending: 2 });
    const pending = [client.call("hold").sync(), client.call("hold").sync()];
    await expect(client.call("hold").sync()).rejects.toMatchObject({ code: "Overloaded", executed: "no" });
    latch.open();
    await Promise.all(pending);
    expect((await client.call("hold").sync()).statusCode).toBe(204);
  });
});

async function failureOf(call: Promise<unknown>): Promise<{ error: unknown; elapsedMs: number }> {
  const startedMs = performance.now();
  const error = await call.then(
    () => new Error("the call did not fail"),
    (reason: unknown) => reason,
  );
  return { error, elapsedMs: performance.now() - startedMs };
}

/** A handler's work that ends only when nobody waits for it any more. */
function untilAborted(signal: AbortSignal, aborted: Arrivals<boolean>): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      aborted.add(signal.aborted);
      resolve();
    });
  });
}
