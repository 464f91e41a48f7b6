import { withRedis } from "@porthos-rpc/brokers/redis";
import { createClient } from "@porthos-rpc/client";
import { createServer } from "@porthos-rpc/server";
import { expect, test } from "vitest";
import { redisTransport } from "../src/index.js";

await withRedis(({ url }) => {
  test("a client calls a server over Redis, and both leave nothing open", async () => {
    const transport = redisTransport({ url });
    const server = createServer({ transport, service: "CalculatorService", maxInFlight: 10 });
    server.register("addOne", (request) => ({ sum: request.json<{ value: number }>().value + 1 }));
    await server.listen();

    const client = createClient({ transport, service: "CalculatorService", timeoutMs: 2_000 });
    const response = await client.call("addOne").withMap({ value: 20 }).sync();
    expect([response.statusCode, response.json()]).toEqual([200, { sum: 21 }]);

    await Promise.all([client.close(), server.shutdown()]);
    expect(transport.state).toBe("idle");
  });

  test("a service that nobody serves is told at once, not after the timeout", async () => {
    await using client = createClient({ transport: redisTransport({ url }), service: "Nobody" });
    await expect(client.call("addOne").sync()).rejects.toMatchObject({ code: "NoService", executed: "no" });
  });
});
