import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";
import { RawService } from "./peers/raw-service.js";

fault(19, "a reply after the timeout is counted as late, and not given to the next call", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  const strays = new Arrivals<string>("a stray reply");
  client.on("stray", ({ kind }) => strays.add(kind));
  const first = expect(client.call("m").withTimeout(1_500).sync()).rejects.toMatchObject({ code: "Timeout" });
  const request = await service.requests.next();
  await first;
  service.answer(request, "first");
  request.accept();
  expect(await strays.next()).toBe("late");
  const second = client.call("m").sync();
  service.answer(await service.requests.next(), "second");
  expect((await second).json()).toBe("second");
});

fault(19, "a reply to a call that was cancelled is counted as late as well", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  const strays = new Arrivals<string>("a stray reply");
  client.on("stray", ({ kind }) => strays.add(kind));
  const slot = await client.call("m").async();
  const request = await service.requests.next();
  slot.cancel();
  await expect(slot.response).rejects.toMatchObject({ code: "Cancelled" });
  service.answer(request, "first");
  request.accept();
  expect(await strays.next()).toBe("late");
});

fault(19, "of many late replies each is known as one", async (stage) => {
  const service = await RawService.open(stage);
  const client = await stage.client();
  const strays = new Arrivals<string>("a stray reply");
  client.on("stray", ({ kind }) => strays.add(kind));
  const calls = Array.from({ length: 300 }, () => client.call("m").withTimeout(1_500).sync());
  const ends = await Promise.allSettled(calls);
  expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  const requests = service.requests.all.slice();
  for (const request of requests) {
    service.answer(request, "late");
    request.accept();
  }
  await strays.reach(requests.length);
  expect(new Set(strays.all)).toEqual(new Set(["late"]));
});
