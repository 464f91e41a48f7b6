import { createClient } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { retry } from "@porthos-rpc/extension-retry";
import { type Extension, Refusal } from "@porthos-rpc/protocol";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { Stage } from "../stage.js";
import { SOON_MS, within } from "../waits.js";
import { rows } from "./rows.js";

/** Refuses the first requests of a server, as one does that has too much to do. */
function refusing(times: number): Extension {
  let left = times;
  return {
    name: "refusing",
    apiVersion: 1,
    server: {
      wrap: {
        phase: "limit",
        run: (call, next) => {
          if (left-- > 0) throw new Refusal(503, "not now");
          return next(call);
        },
      },
    },
  };
}

const settings = (ext: Extension): Record<string, unknown> =>
  ext.client?.describe?.() as Record<string, unknown>;

describe.concurrent.each(rows)("retry over %s", (_title, row) => {
  test("makes a call again that was refused, so that its caller gets an answer, and its handler runs once", async () => {
    await using stage = new Stage(row, "retry");
    let runs = 0;
    await stage.server({ count: () => ++runs }, { extensions: [refusing(2)] });
    const again = retry({ backoffMs: 5 });
    const client = await stage.client({ extensions: [again] });
    const response = await client.call("count").sync();
    expect([response.statusCode, response.json(), runs]).toEqual([200, 1, 1]);
    expect(settings(again)).toMatchObject({ calls: 1, attempts: 3, retries: 2, recovered: 1 });
  });

  test("ends a call that is refused on and on as its last attempt did, in time", async () => {
    await using stage = new Stage(row, "retry");
    const counter = contract(stage.service, { count: method({ output: z.number() }) });
    await stage.server({ count: () => 1 }, { extensions: [refusing(Number.POSITIVE_INFINITY)] });
    const again = retry({ maxAttempts: 20, maxBackoffMs: 20 });
    const transport = await stage.transport();
    const client = await stage.client({ extensions: [again] });
    const typed = createClient({ transport, contract: counter, timeoutMs: 10_000, extensions: [retry()] });
    stage.add(typed);
    const plain = client.call("count").withTimeout(2_000).sync();
    await expect(typed.methods.count()).rejects.toMatchObject({
      code: "Remote",
      status: 503,
      executed: "no",
    });
    expect((await within(SOON_MS, "the last answer", plain)).statusCode).toBe(503);
    // Eleven: the budget's reserve was 10, and some of it may have come anew.
    expect(settings(again)["retries"]).toBeGreaterThanOrEqual(10);
    expect(settings(again)["retries"]).toBeLessThanOrEqual(13);
    expect(settings(again)).toMatchObject({ budgetExhausted: 1, waiting: 0 });
  });

  test("gives up an attempt that takes too long, which its handler is told, and makes the call again only if it may run twice", async () => {
    await using stage = new Stage(row, "retry");
    const aborted: string[] = [];
    let runs = 0;
    await stage.server({
      ponder: (request) => {
        if (++runs > 2) return "at last";
        return new Promise((resolve) => {
          request.signal.addEventListener("abort", () => {
            aborted.push("aborted");
            resolve("too late");
          });
        });
      },
    });
    const client = await stage.client({ extensions: [retry({ attemptTimeoutMs: 300, backoffMs: 1 })] });
    await expect(client.call("ponder").sync()).rejects.toMatchObject({ code: "Timeout", executed: "maybe" });
    expect(runs).toBe(1);
    const response = await client.call("ponder").withIdempotence().sync();
    expect([response.json(), runs, aborted]).toEqual(["at last", 3, ["aborted", "aborted"]]);
  });

  test("reaches a service that is only just being started", async () => {
    await using stage = new Stage(row, "retry");
    const again = retry({ maxAttempts: 20, maxBackoffMs: 200, budgetReserve: 100 });
    const client = await stage.client({ extensions: [again], timeoutMs: 20_000 });
    const call = client.call("ping").sync();
    await vi.waitUntil(() => settings(again)["retries"] !== 0, SOON_MS);
    await stage.server({ ping: () => "pong" });
    expect((await call).json()).toBe("pong");
  });

  test("lets a client close that waits to call again: the call ends at once", async () => {
    await using stage = new Stage(row, "retry");
    await stage.server({ count: () => 1 }, { extensions: [refusing(Number.POSITIVE_INFINITY)] });
    const again = retry({ backoffMs: 9_000, random: () => 0.99 });
    const client = await stage.client({ extensions: [again] });
    const call = client.call("count").sync();
    call.catch(() => {});
    await vi.waitUntil(() => settings(again)["waiting"] !== 0, SOON_MS);
    await within(SOON_MS, "the client's end", client.close());
    await expect(call).rejects.toMatchObject({ code: "Closed" });
    expect(settings(again)["waiting"]).toBe(0);
  });
});
