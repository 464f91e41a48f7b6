import type { Handler } from "@porthos-rpc/server";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { Latch } from "../latch.js";
import { fault } from "./fault.js";
import { cuttable } from "./peers/cuttable.js";
import { RawCaller } from "./peers/raw-caller.js";
import { RawService } from "./peers/raw-service.js";

fault(
  15,
  "a request that comes again while it runs is adopted by its run, and answered once",
  async (stage) => {
    const { transport, other, cut } = await cuttable(stage);
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    const run: Handler = async () => {
      started.add(true);
      await latch.pass();
      return "once";
    };
    await stage.server({ run, fence: () => {} }, { transport });
    const client = await stage.client({ transport: other });
    const strays = new Arrivals<string>("a stray reply");
    client.on("stray", ({ kind }) => strays.add(kind));
    const call = client.call("run").sync();
    await started.next();
    const up = new Arrivals<true>("the connection again");
    const stop = transport.on("up", () => up.add(true));
    cut();
    await up.next();
    stop();
    // Behind the request that comes again.
    await client.call("fence").sync();
    latch.open();
    expect((await call).json()).toBe("once");
    await client.call("fence").sync();
    expect([started.count, strays.count]).toEqual([1, 0]);
  },
);

fault(
  15,
  "a request that comes again after it was answered gets that answer, at the address it names now",
  async (stage) => {
    let runs = 0;
    const server = await stage.server({
      m: () => {
        runs++;
        return `run ${runs}`;
      },
    });
    const duplicates = new Arrivals<string | undefined>("a request that came again");
    server.on("duplicate", ({ correlationId }) => duplicates.add(correlationId));
    const [before, now] = [await RawCaller.open(stage), await RawCaller.open(stage)];
    // An id of our own form: nobody uses one again.
    const correlationId = `${stage.service.length.toString(16).padStart(32, "0")}.1.${(Date.now() + 20_000).toString(36)}.0123456789a`;
    await before.send({ correlationId });
    const first = await before.replies.next();
    await now.send({ correlationId });
    const second = await now.replies.next();
    expect(Buffer.from(second.body).equals(first.body)).toBe(true);
    expect(await duplicates.next()).toBe(correlationId);
    expect(runs).toBe(1);
  },
);

fault(15, "a peer's request that is there twice runs twice, and each run is answered", async (stage) => {
  const started = new Arrivals<true>("a started run");
  await stage.server({ m: () => started.add(true) });
  const caller = await RawCaller.open(stage);
  // A peer of version 1 may use its ids again.
  await caller.send({ correlationId: "again" });
  await caller.replies.next();
  await caller.send({ correlationId: "again" });
  await caller.replies.next();
  expect(started.count).toBe(2);
});

fault(15, "a second reply is dropped, and counted as a duplicate", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  const strays = new Arrivals<string>("a stray reply");
  client.on("stray", ({ kind }) => strays.add(kind));
  const call = client.call("m").sync();
  const request = await service.requests.next();
  service.answer(request, "first");
  service.answer(request, "second");
  request.accept();
  expect((await call).json()).toBe("first");
  expect(await strays.next()).toBe("duplicate");
  const next = client.call("m").sync();
  service.answer(await service.requests.next(), "own");
  expect((await next).json()).toBe("own");
});
