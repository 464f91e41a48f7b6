import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";
import { RawCaller } from "./peers/raw-caller.js";
import { RawService } from "./peers/raw-service.js";

/** How brokers address a queue. */
function addressesOf(queue: string): string[] {
  return [queue, `/queues/${queue}`, `/queue/${queue}`, `/amq/queue/${queue}`, `queue:${queue}`];
}

fault(
  32,
  "an answer that goes to another service's queue runs nothing there, and makes no loop",
  async (stage) => {
    const victim = `${stage.service}-victim`;
    let runs = 0;
    const m = (): void => {
      runs++;
    };
    await stage.server({ m: () => "an answer", fence: () => "fine" });
    const other = await stage.server({ m, fence: () => "fine" }, { service: victim });
    const refused = new Arrivals<true>("a refused request");
    other.on("refused", () => refused.add(true));
    const caller = await RawCaller.open(stage);
    const addresses = [...addressesOf(victim), ...addressesOf(stage.service)];
    for (const replyTo of addresses) await caller.send({ replyTo });
    for (const service of [stage.service, victim]) {
      const client = await stage.client({ service });
      // Twice: what the first one is answered may be behind what came of the strange ones.
      for (const _ of [1, 2]) expect((await client.call("fence").sync()).json()).toBe("fine");
    }
    expect(runs).toBe(0);
    expect(refused.count).toBeLessThanOrEqual(addressesOf(victim).length);
  },
);

fault(32, "an answer that goes to another client's inbox is dropped there, and counted", async (stage) => {
  // One that answers nobody, to learn the client's address.
  const spy = await RawService.open(stage);
  const client = await stage.client();
  const strays = new Arrivals<string>("a stray reply");
  client.on("stray", ({ kind }) => strays.add(kind));
  const call = client.call("m").sync();
  const request = await spy.requests.next();
  const service = `${stage.service}-other`;
  await stage.server({ m: () => "forged" }, { service });
  const attacker = await stage.client({ service });
  await attacker.call("m").sync();
  const transport = await stage.transport();
  const { replyTo } = request.message;
  for (const correlationId of ["guess", undefined, "1"])
    transport.send(service, { ...request.message, correlationId, replyTo });
  expect(await strays.take(3)).toEqual(["unmatched", "unmatched", "unmatched"]);
  spy.answer(request, "own");
  request.accept();
  expect((await call).json()).toBe("own");
});
