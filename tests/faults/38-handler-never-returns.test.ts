import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";
import { RawCaller } from "./peers/raw-caller.js";

function never(): Promise<never> {
  return new Promise(() => {});
}

fault(38, "its slot is free at its caller's deadline, and what waited for the slot runs", async (stage) => {
  const aborted = new Arrivals<true>("an aborted handler");
  await stage.server(
    {
      never: ({ signal }) => {
        signal.addEventListener("abort", () => aborted.add(true));
        return never();
      },
      quick: () => "quick",
    },
    { maxInFlight: 1 },
  );
  const client = await stage.client();
  await client.call("quick").sync();
  const stuck = expect(client.call("never").withTimeout(500).sync()).rejects.toMatchObject({
    code: "Timeout",
  });
  const waiting = client.call("quick").sync();
  await stuck;
  await aborted.next();
  expect((await waiting).json()).toBe("quick");
});

fault(38, "it holds up none of 3,000 calls that come after it", async (stage) => {
  const started = new Arrivals<true>("a started run");
  const server = await stage.server(
    {
      never: () => {
        started.add(true);
        return never();
      },
      echo: (request) => request.args()[0],
    },
    { maxInFlight: 50 },
  );
  const client = await stage.client({ timeoutMs: 25_000 });
  const stuck = client.call("never").withTimeout(60_000).sync();
  const closed = expect(stuck).rejects.toMatchObject({ code: "Closed", executed: "maybe" });
  await started.next();
  const values = Array.from({ length: 3_000 }, (_value, index) => index);
  const calls = values.map(async (value) => (await client.call("echo").withArgs(value).sync()).json());
  expect(await Promise.all(calls)).toEqual(values);
  await client.close();
  await closed;
  await server.close();
});

fault(
  38,
  "of a caller without a deadline it is told as stuck after maxHandlerTimeMs, answered 504, and aborted",
  async (stage) => {
    const aborted = new Arrivals<true>("an aborted handler");
    const server = await stage.server(
      {
        m: ({ signal }) => {
          signal.addEventListener("abort", () => aborted.add(true));
          return never();
        },
        quick: () => "quick",
      },
      { maxInFlight: 1, maxHandlerTimeMs: 500 },
    );
    const stuck = new Arrivals<number>("a handler that is stuck");
    server.on("stuck", ({ elapsedMs }) => stuck.add(elapsedMs));
    const caller = await RawCaller.open(stage);
    const status = caller.status({ ttlMs: undefined });
    expect(await stuck.next()).toBeGreaterThanOrEqual(450);
    await aborted.next();
    expect(await status).toBe(504);
    const client = await stage.client();
    expect((await client.call("quick").sync()).json()).toBe("quick");
  },
);
