import { RpcError } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { Arrivals } from "./arrivals.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";

describe.each(rows)("calls over %s", (_title, row) => {
  test("a response tells its status, headers, content type and body", async () => {
    await using stage = new Stage(row);
    await stage.server({
      create: (_request, response) => {
        response.headers.set("x-trace", "abc");
        response.json(201, { id: 7 });
      },
    });
    const client = await stage.client();
    const response = await client.call("create").sync();
    expect(response.statusCode).toBe(201);
    expect(response.ok).toBe(true);
    expect(response.contentType).toBe("application/json");
    expect(response.headers.get("x-trace")).toBe("abc");
    expect(response.text()).toBe('{"id":7}');
    expect(response.json<{ id: number }>().id).toBe(7);
  });

  test("whatever the status, the builder's call resolves with the response", async () => {
    await using stage = new Stage(row);
    await stage.server({
      answer: (request, response) => response.empty(request.args<[number]>()[0]),
    });
    const client = await stage.client();
    const statuses = [100, 200, 204, 299, 300, 404, 418, 500, 503, 599];
    const responses = await Promise.all(
      statuses.map((status) => client.call("answer").withArgs(status).sync()),
    );
    expect(responses.map(({ statusCode }) => statusCode)).toEqual(statuses);
    expect(responses.map(({ ok }) => ok)).toEqual(statuses.map((status) => status >= 200 && status < 300));
  });

  test("what a handler returns, or resolves with, is answered with 200; nothing with 204", async () => {
    await using stage = new Stage(row);
    await stage.server({
      value: () => ({ now: true }),
      later: async () => [1, 2],
      bytes: () => new Uint8Array([1, 2]),
      nothing: () => {},
    });
    const client = await stage.client();
    expect((await client.call("value").sync()).json()).toEqual({ now: true });
    expect((await client.call("later").sync()).json()).toEqual([1, 2]);
    expect([...(await client.call("bytes").sync()).body]).toEqual([1, 2]);
    expect((await client.call("nothing").sync()).statusCode).toBe(204);
  });

  test("a handler sees service, method, content type and a deadline", async () => {
    await using stage = new Stage(row);
    const seen = new Arrivals<{ service: string; method: string; type: string | undefined; leftMs: number }>(
      "a look",
    );
    await stage.server({
      look: ({ serviceName, methodName, contentType, deadline }) => {
        const leftMs = deadline === undefined ? -1 : deadline.getTime() - Date.now();
        seen.add({ service: serviceName, method: methodName, type: contentType, leftMs });
      },
    });
    const client = await stage.client();
    await client.call("look").withArgs(1).withTimeout(4_000).sync();
    const look = await seen.next();
    expect(look).toMatchObject({ service: stage.service, method: "look", type: "application/json" });
    expect(look.leftMs).toBeGreaterThan(2_000);
    expect(look.leftMs).toBeLessThanOrEqual(4_000);
  });

  test("a one-way call resolves when the broker has it, and runs once", async () => {
    await using stage = new Stage(row);
    const logged = new Arrivals<readonly unknown[]>("a logged line");
    await stage.server({ log: (request) => logged.add(request.args()), fence: () => true });
    const client = await stage.client();
    expect(await client.call("log").withArgs("INFO", "some message").void()).toBeUndefined();
    expect(await logged.next()).toEqual(["INFO", "some message"]);
    await client.call("fence").sync();
    expect(logged.count).toBe(1);
  });

  test("an error's message names service and method, and its stack the caller", async () => {
    await using stage = new Stage(row);
    // Where the broker does not tell that nobody has the queue, it ends with its timeout.
    const client = await stage.client({ timeoutMs: 1_000 });
    const error = await theCaller(() => client.call("anything").sync());
    expect(error).toBeInstanceOf(RpcError);
    expect((error as RpcError).message).toContain(`${stage.service}.anything`);
    expect((error as RpcError).stack).toContain("theCaller");
  });
});

async function theCaller(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}
