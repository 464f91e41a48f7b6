import { Line } from "@porthos-rpc/brokers";
import { connect } from "@porthos-rpc/connect";
import { discover, discovery } from "@porthos-rpc/extension-discovery";
import type { Handler, Server } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { type Row, rows } from "../rows.js";
import { Stage } from "../stage.js";

/*
 * Servers that are found and asked, on every carrier that has topics; and refused, with both names, on those that have none.
 */

const ENOUGH_MS = 10_000;

async function haveTopics(row: Row): Promise<boolean> {
  await using stage = new Stage(row, "topics");
  const transport = await stage.transport();
  await transport.ready();
  return transport.features.topics;
}

const handlers: Readonly<Record<string, Handler>> = {
  addOne: (request) => request.json<number>() + 1,
  fail: (_request, response) => response.empty(503),
};

/** Three servers, and somebody who asks them. */
async function three(stage: Stage) {
  const servers: Server[] = [];
  for (const region of ["a", "b", "c"])
    servers.push(await stage.server(handlers, { extensions: [discovery({ metadata: { region } })] }));
  const transport = await stage.transport();
  const { service } = stage;
  const ask = <K extends "ping" | "info" | "stats" | "spec">(kind: K, expected: number) =>
    discover(transport, { kind, service, expected, timeoutMs: ENOUGH_MS }).all();
  return { servers, transport, service, ask };
}

describe.concurrent.each(rows)("over %s", (_title, row) => {
  test("three servers answer, and when one has stopped, the others", async ({ skip }) => {
    skip(!(await haveTopics(row)), "it has no topics");
    await using stage = new Stage(row, "found");
    const { servers, transport, service, ask } = await three(stage);
    const found = await ask("ping", 3);
    expect(new Set(found.map(({ instance }) => instance)).size).toBe(3);
    const regions = (await ask("info", 3)).map(({ metadata }) => metadata["region"]);
    expect(regions.sort()).toEqual(["a", "b", "c"]);
    const everybody = await discover(transport, { kind: "ping", timeoutMs: 1_000 }).all();
    expect(everybody).toEqual(expect.arrayContaining(found));
    await servers[0]?.shutdown();
    const left = await discover(transport, { kind: "ping", service, timeoutMs: 1_000 }).all();
    expect(left).toHaveLength(2);
  });

  test("they tell what they have done, and what their methods are", async ({ skip }) => {
    skip(!(await haveTopics(row)), "it has no topics");
    await using stage = new Stage(row, "asked");
    const { ask } = await three(stage);
    const client = await stage.client();
    for (let value = 0; value < 5; value++) {
      await client.call("addOne").withStruct(value).sync();
      await client.call("fail").sync();
    }
    const stats = await ask("stats", 3);
    const total = (method: string, of: (each: (typeof stats)[0]["methods"][0]) => number): number =>
      stats
        .flatMap(({ methods }) => methods)
        .filter((each) => each.method === method)
        .reduce((sum, each) => sum + of(each), 0);
    expect(total("addOne", ({ requests }) => requests)).toBe(5);
    expect(total("fail", ({ errors }) => errors["5xx"])).toBe(5);
    expect(total("addOne", ({ inFlight }) => inFlight)).toBe(0);
    const [spec] = await ask("spec", 1);
    expect(spec?.methods).toEqual([{ method: "addOne" }, { method: "fail" }]);
  });

  test("one that stands still does not hold the others' answers", async ({ skip }) => {
    skip(row.broker === undefined, "a process does not stand still by itself");
    skip(!(await haveTopics(row)), "it has no topics");
    await using line = await Line.open(row.url);
    await using stage = new Stage(row, "frozen");
    const still = await connect(line.url);
    stage.addTransport(still);
    await stage.server(handlers, { transport: still, extensions: [discovery()] });
    const { transport, service, ask } = await three(stage);
    expect(await ask("ping", 4)).toHaveLength(4);
    line.freeze();
    const options = { kind: "ping", service, timeoutMs: ENOUGH_MS, stallMs: 1_000 } as const;
    const startedMs = performance.now();
    expect(await discover(transport, options).all()).toHaveLength(3);
    expect(performance.now() - startedMs).toBeLessThan(ENOUGH_MS);
    line.thaw();
  });

  test("where there are no topics the server's start and the question are refused, with both names", async ({
    skip,
  }) => {
    skip(await haveTopics(row), "it has topics");
    await using stage = new Stage(row, "refused");
    await expect(stage.server(handlers, { extensions: [discovery()] })).rejects.toThrow(
      /extension "discovery" needs "topics", which transport "amqp10" does not have/,
    );
    await expect(discover(await stage.transport(), { kind: "ping" }).all()).rejects.toThrow(
      'discover needs "topics", which transport "amqp10" does not have',
    );
  });
});
