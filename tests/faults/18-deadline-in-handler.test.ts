import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { Latch } from "../latch.js";
import { fault } from "./fault.js";

fault(18, "a call that takes too long ends with Timeout, on time, and the handler is told", async (stage) => {
  const aborted = new Arrivals<boolean>("an aborted handler");
  await stage.server({
    ponder: ({ signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => {
          aborted.add(signal.aborted);
          resolve();
        });
      }),
    ready: () => {},
  });
  const client = await stage.client();
  await client.call("ready").sync();
  const startedMs = performance.now();
  await expect(client.call("ponder").withTimeout(300).sync()).rejects.toMatchObject({
    code: "Timeout",
    executed: "maybe",
    status: 504,
    message: expect.stringMatching(/no answer within 300 ms \(after \d+ ms, running at the server\)/),
  });
  // That it is not late either is what each of these tests is watched for.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(299);
  expect(await aborted.next()).toBe(true);
});

fault(18, "what the handler answers then is dropped, and its request does not come again", async (stage) => {
  const latch = new Latch();
  const started = new Arrivals<true>("a started run");
  const ponder = async (): Promise<string> => {
    started.add(true);
    await latch.pass();
    return "too late";
  };
  const server = await stage.server({ ponder, ready: () => {} });
  const client = await stage.client();
  await client.call("ready").sync();
  const strays = new Arrivals<string>("a stray reply");
  client.on("stray", ({ kind }) => strays.add(kind));
  await expect(client.call("ponder").withTimeout(300).sync()).rejects.toMatchObject({ code: "Timeout" });
  latch.open();
  await client.call("ready").sync();
  await server.shutdown();
  await stage.server({ ponder, ready: () => {} });
  await client.call("ready").sync();
  expect([started.count, strays.all]).toEqual([1, []]);
});
