import { createClient } from "@porthos-rpc/client";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { chaos } from "@porthos-rpc/transport-testkit/chaos";
import { expect, test } from "vitest";

test("a call whose answer is lost ends in time, and says that it may have run", async () => {
  const transport = chaos(memory(), { seed: 1, dropReply: 1 });
  await using server = createServer({ transport, service: "Playground" });
  let runs = 0;
  server.register("count", () => ++runs);
  await server.listen();

  await using client = createClient({ transport, service: "Playground", timeoutMs: 200 });
  const call = client.call("count").sync();

  await expect(call).rejects.toMatchObject({ code: "Timeout", executed: "maybe" });
  expect(runs).toBe(1);
});
