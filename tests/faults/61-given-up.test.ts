import { getEventListeners } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Extension } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";

fault(61, "before it is sent: Cancelled, not executed, and it never runs", async (stage) => {
  let runs = 0;
  await stage.server({ count: () => void runs++ });
  const client = await stage.client();
  const reason = new Error("no longer wanted");
  const call = client.call("count").withSignal(AbortSignal.abort(reason)).sync();
  await expect(call).rejects.toMatchObject({ code: "Cancelled", executed: "no", cause: reason });
  await client.call("count").sync();
  expect(runs).toBe(1);
});

fault(61, "while it is encoded: Cancelled, not executed, and it never runs", async (stage) => {
  const encoding = new Arrivals<true>("an encoding");
  const slow: Extension = {
    name: "slow",
    apiVersion: 1,
    client: {
      wire: {
        outgoing: async (message) => {
          encoding.add(true);
          await delay(300);
          return message;
        },
      },
    },
  };
  let runs = 0;
  await stage.server({ count: () => void runs++ });
  const client = await stage.client({ extensions: [slow] });
  await client.call("count").sync();
  const controller = new AbortController();
  const call = client.call("count").withSignal(controller.signal).sync();
  const ended = expect(call).rejects.toMatchObject({ code: "Cancelled", executed: "no" });
  await encoding.take(2);
  controller.abort();
  await ended;
  await client.call("count").sync();
  expect(runs).toBe(2);
});

fault(61, "while it is sent: Cancelled, once", async (stage) => {
  await stage.server({
    wait: ({ signal }) => new Promise<void>((end) => signal.addEventListener("abort", () => end())),
  });
  const client = await stage.client();
  const controller = new AbortController();
  client.on("sent", () => controller.abort());
  const ends = new Arrivals<string | undefined>("the call's end");
  client.on("settled", ({ error }) => ends.add(error?.code));
  const call = client.call("wait").withTimeout(3_000).withSignal(controller.signal).sync();
  await expect(call).rejects.toMatchObject({ code: "Cancelled" });
  expect(await ends.next()).toBe("Cancelled");
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

fault(61, "while it runs: Cancelled, and the handler is told where there are topics", async (stage) => {
  const started = new Arrivals<true>("a started run");
  const aborted = new Arrivals<true>("an aborted handler");
  await stage.server({
    wait: ({ signal }) => {
      started.add(true);
      return new Promise<void>((end) => {
        signal.addEventListener("abort", () => {
          aborted.add(true);
          end();
        });
      });
    },
  });
  const client = await stage.client();
  const controller = new AbortController();
  const call = client.call("wait").withTimeout(4_000).withSignal(controller.signal).sync();
  const ended = expect(call).rejects.toMatchObject({ code: "Cancelled", executed: "maybe" });
  await started.next();
  const { features } = await stage.transport();
  controller.abort();
  const abortedMs = performance.now();
  await ended;
  await aborted.next();
  // Without topics nobody can tell him, and he learns it at the call's deadline.
  if (features.topics) expect(performance.now() - abortedMs).toBeLessThan(2_000);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
});

fault(
  61,
  "after its reply: it keeps its response, and nothing listens to the signal any more",
  async (stage) => {
    const cancelled = new Arrivals<true>("a cancelled call");
    const server = await stage.server({ one: () => 1 });
    server.on("cancelled", () => cancelled.add(true));
    const client = await stage.client();
    const controller = new AbortController();
    const response = await client.call("one").withSignal(controller.signal).sync();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    controller.abort();
    expect(response.json()).toBe(1);
    expect((await client.call("one").sync()).json()).toBe(1);
    expect(cancelled.count).toBe(0);
  },
);

fault(61, "at any moment: each of 200 calls ends once, with its answer or Cancelled", async (stage) => {
  await stage.server({ echo: (request) => request.args()[0] });
  const client = await stage.client();
  await client.call("echo").withArgs(0).sync();
  const ends = await Promise.all(
    Array.from({ length: 200 }, async (_value, index) => {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), index % 20);
      const call = client.call("echo").withArgs(index).withSignal(controller.signal).sync();
      const end = await call.then(
        (response) => response.json(),
        (error: unknown) => (error as { code: string }).code,
      );
      clearTimeout(timer);
      return end === index || end === "Cancelled";
    }),
  );
  expect(ends.every(Boolean)).toBe(true);
});
