import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";
import { RawCaller } from "./peers/raw-caller.js";

fault(
  21,
  "a request without a reply address, an id or both runs, and only an address is answered",
  async (stage) => {
    const runs = new Arrivals<true>("a run");
    await stage.server({ m: () => runs.add(true) });
    const caller = await RawCaller.open(stage);
    await caller.send({ correlationId: undefined, replyTo: undefined });
    await caller.send({ correlationId: "an id", replyTo: undefined });
    await caller.send({ correlationId: undefined });
    await runs.take(3);
    await caller.send({ correlationId: "last" });
    const [first, second] = await caller.replies.take(2);
    expect([first?.correlationId ?? "", second?.correlationId]).toEqual(["", "last"]);
    expect(runs.count).toBe(4);
  },
);

fault(21, "what is wrong with such a request harms nobody", async (stage) => {
  const server = await stage.server({
    m: () => {
      throw new Error("nobody hears this");
    },
    fine: () => "fine",
  });
  const errors = new Arrivals<unknown>("a handler's error");
  server.on("handlerError", ({ error }) => errors.add(error));
  const caller = await RawCaller.open(stage);
  const nobody = { correlationId: undefined, replyTo: undefined };
  await caller.send(nobody);
  await caller.send({ ...nobody, headers: new Map() });
  await caller.send({ ...nobody, headers: new Map([["X-Method", "unknown"]]) });
  await errors.next();
  expect(await caller.status({ headers: new Map([["X-Method", "fine"]]) })).toBe(200);
});
