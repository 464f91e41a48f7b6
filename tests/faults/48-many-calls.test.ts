import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient } from "@porthos-rpc/client";
import { createServer } from "@porthos-rpc/server";
import { expect } from "vitest";
import { fault } from "./fault.js";

const PENDING = 10_000;
const TIMEOUT_MS = 4_000;
const ROUNDS = 4;
const A_ROUND = 500;
const MIB = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

fault(
  48,
  "10,000 calls that nobody answers share a few timers, and each ends with Timeout on time",
  async (stage) => {
    const first = await stage.server({ m: () => {} });
    const client = await stage.client({ timeoutMs: 20_000 });
    await client.call("m").sync();
    await first.shutdown();
    const before = stage.clock.timers;
    const calls = Array.from({ length: PENDING }, () => client.call("m").withTimeout(TIMEOUT_MS).sync());
    await expect(client.call("m").sync()).rejects.toMatchObject({ code: "Overloaded", executed: "no" });
    expect(stage.clock.timers - before).toBeLessThan(10);
    const ends = await Promise.allSettled(calls);
    const codes = ends.map((end) =>
      end.status === "rejected" ? (end.reason as { code: string }).code : "answered",
    );
    expect(new Set(codes)).toEqual(new Set(["Timeout"]));
  },
  { timeoutMs: 60_000 },
);

fault(
  48,
  "calls that come on and on leave nothing behind",
  async (stage) => {
    // Neither is watched: a watch keeps what it has seen.
    const [ofServer, ofClient] = [await stage.transport(), await stage.transport()];
    const { service, clock } = stage;
    const server = createServer({ transport: ofServer, service, clock });
    server.register("echo", (request) => request.args()[0]);
    const client = createClient({ transport: ofClient, service, clock });
    for (const end of [client, server]) stage.add(end);
    await server.listen();
    const round = async (): Promise<void> => {
      const calls = Array.from({ length: A_ROUND }, (_value, index) =>
        client.call("echo").withArgs(index).sync(),
      );
      await Promise.all(calls);
    };
    for (let count = 0; count < ROUNDS; count++) await round();
    const beforeBytes = heapBytes();
    for (let count = 0; count < ROUNDS; count++) await round();
    expect(heapBytes() - beforeBytes).toBeLessThan(2 * MIB);
  },
  { isAlone: true },
);
