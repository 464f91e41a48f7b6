import type { Handler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { Latch } from "./latch.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";

/** Answers after a while that differs from call to call, so that answers come in another order than calls. */
const echoLater: Handler = async (request) => {
  const [value] = request.args<[number]>();
  await new Promise((resolve) => setTimeout(resolve, (value * 7_919) % 40));
  return value;
};

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe.each(rows)("many at once over %s", (_title, row) => {
  test("each of 1,000 calls at once gets its own answer, whatever their order", async () => {
    await using stage = new Stage(row);
    await stage.server({ echoLater }, { maxInFlight: 500 });
    const client = await stage.client();
    const answers = numbers(1_000).map(async (value) =>
      (await client.call("echoLater").withArgs(value).sync()).json(),
    );
    expect(await Promise.all(answers)).toEqual(numbers(1_000));
  });

  test("clients of one transport, of several services, get each their own answers", async () => {
    await using stage = new Stage(row);
    const services = ["a", "b", "c"].map((word) => `${stage.service}-${word}`);
    for (const service of services) {
      await stage.server({ echo: (request) => `${service} ${request.args()[0]}` }, { service });
    }
    const transport = await stage.transport();
    const clients = await Promise.all(services.map((service) => stage.client({ service, transport })));
    const calls = numbers(300).map(async (value) => {
      const client = clients[value % clients.length];
      const response = await client?.call("echo").withArgs(value).sync();
      return response?.json() === `${client?.service} ${value}`;
    });
    expect((await Promise.all(calls)).every(Boolean)).toBe(true);
  });

  test("two servers of a service share its calls, and each call runs once", async () => {
    await using stage = new Stage(row);
    const runs: [string, number][] = [];
    const work =
      (name: string): Handler =>
      async (request) => {
        const [value] = request.args<[number]>();
        runs.push([name, value]);
        await echoLater(request, undefined as never);
        return value;
      };
    await stage.server({ work: work("first") }, { maxInFlight: 5 });
    await stage.server({ work: work("second") }, { maxInFlight: 5 });
    const client = await stage.client();
    const answers = numbers(200).map(async (value) =>
      (await client.call("work").withArgs(value).sync()).json(),
    );
    expect(await Promise.all(answers)).toEqual(numbers(200));
    expect(runs.map(([, value]) => value).sort((a, b) => a - b)).toEqual(numbers(200));
    const byFirst = runs.filter(([name]) => name === "first").length;
    expect(byFirst).toBeGreaterThan(20);
    expect(byFirst).toBeLessThan(180);
  });

  test("a server never runs more than maxInFlight, and leaves the rest to others", async ({ skip }) => {
    if (row.cannot.has("hold back what a consumer has no room for"))
      skip("the broker sends more than it may");
    await using stage = new Stage(row);
    const latch = new Latch();
    const held = new Arrivals<true>("a held run");
    const busy = await stage.server(
      {
        work: async () => {
          held.add(true);
          await latch.pass();
          return "busy";
        },
      },
      { maxInFlight: 3 },
    );
    const client = await stage.client();
    const answers = numbers(20).map(async () => (await client.call("work").sync()).json());
    await held.take(3);
    await stage.server({ work: () => "idle" }, { maxInFlight: 3 });
    // The idle one finishes what the busy one has not taken; only then is the busy one let go.
    await expect.poll(() => countOf("idle", answers), { timeout: 5_000 }).toBe(17);
    expect(held.count).toBe(3);
    latch.open();
    expect((await Promise.all(answers)).filter((answer) => answer === "busy")).toHaveLength(3);
    await busy.shutdown();
  });

  test("acknowledged early, no more than maxInFlight run either", async () => {
    await using stage = new Stage(row);
    let running = 0;
    let most = 0;
    const work: Handler = async (request) => {
      running++;
      most = Math.max(most, running);
      await echoLater(request, undefined as never);
      running--;
    };
    await stage.server({ work }, { maxInFlight: 4, autoAck: true });
    const client = await stage.client();
    await Promise.all(numbers(100).map((value) => client.call("work").withArgs(value).sync()));
    expect(most).toBe(4);
  });

  test("one-way calls of many clients all run", async () => {
    await using stage = new Stage(row);
    const got = new Arrivals<number>("a one-way call");
    await stage.server({ note: (request) => got.add(request.args<[number]>()[0]) });
    const clients = await Promise.all(numbers(4).map(() => stage.client()));
    await Promise.all(numbers(400).map((value) => clients[value % 4]?.call("note").withArgs(value).void()));
    const values = await got.take(400);
    expect(values.sort((a, b) => a - b)).toEqual(numbers(400));
  });
});

/** How many of these have resolved with the answer by now. */
async function countOf(answer: unknown, answers: readonly Promise<unknown>[]): Promise<number> {
  const open = Symbol("open");
  const now = await Promise.all(answers.map((each) => Promise.race([each, Promise.resolve(open)])));
  return now.filter((value) => value === answer).length;
}
