import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";

const CALLS = 10_000;

fault(
  23,
  "each of 10,000 calls at once gets its own answer, though they are answered in another order",
  async (stage) => {
    const waiting: (() => void)[] = [];
    const all = new Arrivals<true>("10,000 runs");
    const server = await stage.server(
      {
        echo: (request) =>
          new Promise((resolve) => {
            const [value] = request.args();
            if (waiting.push(() => resolve(value)) === CALLS) all.add(true);
          }),
      },
      { maxInFlight: CALLS },
    );
    server.on("expired", () => expect.unreachable("a call expired"));
    const client = await stage.client({ timeoutMs: 60_000 });
    const values = Array.from({ length: CALLS }, (_value, index) => index);
    const answers = values.map(async (value) => (await client.call("echo").withArgs(value).sync()).json());
    await all.next(50_000);
    // 7 and 10,000 have no divisor in common, so each is met once.
    for (let step = 0, at = 3; step < CALLS; step++, at = (at + 7_777) % CALLS) waiting[at]?.();
    expect(await Promise.all(answers)).toEqual(values);
  },
  { isAlone: true, timeoutMs: 120_000 },
);
