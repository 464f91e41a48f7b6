import { circuitBreaker } from "@porthos-rpc/extension-circuit-breaker";
import { retry } from "@porthos-rpc/extension-retry";
import type { Extension } from "@porthos-rpc/protocol";
import { describe, expect, test, vi } from "vitest";
import { Stage } from "../stage.js";
import { SOON_MS, within } from "../waits.js";
import { rows } from "./rows.js";

const OPTIONS = { window: 4, minCalls: 4, openMs: 400 };

const OPEN = { code: "Unavailable", executed: "no", retryable: true };

interface Said {
  readonly circuits: Readonly<Record<string, { readonly state: string }>>;
}

function circuitOf(breaker: Extension): { readonly state: string } | undefined {
  const said = breaker.client?.describe?.() as Said | undefined;
  return said && Object.values(said.circuits)[0];
}

describe.concurrent.each(rows)("a circuit breaker over %s", (_title, row) => {
  test("stops calling a service that hangs, and finds that it is back by one call", async () => {
    await using stage = new Stage(row, "breaker");
    let [hangs, runs] = [true, 0];
    await stage.server({
      ping: () => "pong",
      work: () => {
        runs++;
        return hangs ? new Promise(() => {}) : "done";
      },
    });
    const breaker = circuitBreaker(OPTIONS);
    const client = await stage.client({ extensions: [breaker] });
    const call = () => client.call("work").withTimeout(300).sync();
    // It is connected now, so that what comes is the service's time alone. Then three of four calls fail.
    await client.call("ping").sync();
    for (let n = 0; n < 3; n++) await expect(call()).rejects.toMatchObject({ code: "Timeout" });
    expect(circuitOf(breaker)).toMatchObject({ state: "open", opened: 1, lastFailure: "Timeout" });
    const ends = await within(SOON_MS, "refusals", Promise.allSettled(Array.from({ length: 50 }, call)));
    for (const end of ends) expect(end).toMatchObject({ status: "rejected", reason: OPEN });
    expect([runs, circuitOf(breaker)]).toMatchObject([3, { refused: 50 }]);

    hangs = false;
    await vi.waitUntil(
      () =>
        call().then(
          ({ ok }) => ok,
          () => false,
        ),
      SOON_MS,
    );
    expect(circuitOf(breaker)).toMatchObject({ state: "closed" });
    expect(runs).toBe(4);
  });

  test("lets a handler's 404 and a caller's change of mind pass, and opens by its 500s", async () => {
    await using stage = new Stage(row, "breaker");
    await stage.server({
      missing: (_request, response) => response.empty(404),
      broken: (_request, response) => response.empty(500),
      ponder: () => new Promise(() => {}),
    });
    const breaker = circuitBreaker(OPTIONS);
    const client = await stage.client({ extensions: [breaker] });
    for (let n = 0; n < 6; n++) expect((await client.call("missing").sync()).statusCode).toBe(404);
    for (let n = 0; n < 6; n++) {
      const slot = await client.call("ponder").async();
      slot.cancel();
      await expect(slot.response).rejects.toMatchObject({ code: "Cancelled" });
    }
    expect(circuitOf(breaker)).toMatchObject({ state: "closed", opened: 0 });
    // The last four are three failures and a 404.
    for (let n = 0; n < 3; n++) expect((await client.call("broken").sync()).statusCode).toBe(500);
    await expect(client.call("missing").sync()).rejects.toMatchObject(OPEN);
  });

  test("sees each attempt of a retry, which waits until the circuit lets a call through, if there is time", async () => {
    await using stage = new Stage(row, "breaker");
    let fails = true;
    await stage.server({
      work: (_request, response) => (fails ? response.empty(503) : response.json(200, "done")),
    });
    const breaker = circuitBreaker({ ...OPTIONS, minCalls: 2 });
    const again = retry({ maxAttempts: 4, backoffMs: 1 });
    const client = await stage.client({ extensions: [breaker, again] });
    const work = client.call("work").withIdempotence().sync();
    await vi.waitUntil(() => circuitOf(breaker)?.state === "open", { timeout: SOON_MS, interval: 5 });
    fails = false;
    expect((await work).json()).toBe("done");
    expect(again.client?.describe?.()).toMatchObject({ calls: 1, recovered: 1 });
  });
});
