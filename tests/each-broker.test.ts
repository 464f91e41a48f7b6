import { describe, expect, test } from "vitest";
import { Caller, expectHonest, expectQuickEnd } from "./caller.js";
import { Program } from "./program.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";

const CALCULATOR = "CalculatorService";

/** The example's server, once it listens; nothing of it is changed but the URL. */
async function calculator(url: string): Promise<Program> {
  const server = new Program("examples/calculator/src/server.ts", { env: { PORTHOS_URL: url, QUIET: "1" } });
  await server.line(/is listening/);
  return server;
}

/** Those that two processes can share. */
const shared = rows.filter(([, { transport }]) => transport !== "memory");

describe.each(shared)("the example's programs over %s", (_title, row) => {
  test("each of 10,000 calls, 200 at a time, gets its own answer", { timeout: 60_000 }, async () => {
    await using server = await calculator(row.url);
    await using caller = new Caller(row.url, { calls: 10_000, inFlight: 200, timeoutMs: 10_000 });
    const summary = await caller.summary(50_000);
    expectHonest(summary);
    expect(summary).toMatchObject({ ended: 10_000, answered: 10_000 });
    await expectQuickEnd(caller.program);
    expect(server.errors).toBe("");
    await using client = new Program("examples/calculator/src/client.ts", {
      env: { PORTHOS_URL: row.url },
      args: ["4"],
    });
    await expectQuickEnd(client);
    const answers = [1, 2, 3, 4].map((value) => `addOne(${value}) = ${value + 1}`);
    expect(client.lines).toEqual([`connected over ${row.transport}`, ...answers]);
    server.signal("SIGTERM");
    await expectQuickEnd(server);
    await row.removeQueues([CALCULATOR]);
  });
});

test.each(rows.filter(([, { transport }]) => transport === "memory"))(
  "each of 10,000 calls, 200 at a time, gets its own answer over %s",
  async (_title, row) => {
    await using stage = new Stage(row);
    await stage.server({ addOne: (request) => request.json<number>() + 1 }, { maxInFlight: 200 });
    const client = await stage.client();
    let next = 0;
    const callOnAndOn = async (): Promise<boolean> => {
      for (let value = next++; value < 10_000; value = next++) {
        if ((await client.call("addOne").withStruct(value).sync()).json() !== value + 1) return false;
      }
      return true;
    };
    const own = await Promise.all(Array.from({ length: 200 }, callOnAndOn));
    expect(own.every(Boolean)).toBe(true);
  },
);
