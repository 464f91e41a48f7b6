import type { Handler } from "@porthos-rpc/server";
import { expect } from "vitest";
import { fault } from "./fault.js";

fault(16, "a request that expired in the queue never runs", async (stage) => {
  const ran: unknown[] = [];
  const run: Handler = (request) => {
    ran.push(request.args()[0]);
  };
  const first = await stage.server({ run });
  const client = await stage.client();
  await client.call("run").withArgs("first").sync();
  await first.shutdown();
  const expired = client.call("run").withArgs("expired").withTimeout(100).sync();
  await expect(expired).rejects.toMatchObject({
    code: "Timeout",
    message: expect.stringContaining("queued, as far as is known"),
  });
  const waiting = client.call("run").withArgs("in time").sync();
  await stage.server({ run });
  await waiting;
  expect(ran).toEqual(["first", "in time"]);
});
