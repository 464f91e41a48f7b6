import { expect } from "vitest";
import { int32, text } from "../seed-peer/field-table.js";
import { brokerOf, declareQueue } from "./broker-hand.js";
import { fault } from "./fault.js";

fault(46, "a call that finds no room ends at once, Overloaded and not executed", async (stage) => {
  await declareQueue(stage.row, stage.service, {
    durable: true,
    args:
      brokerOf(stage.row).family === "qpid"
        ? [int32("qpid.max_count", 1), text("qpid.policy_type", "reject")]
        : [int32("x-max-length", 1), text("x-overflow", "reject-publish")],
  });
  const client = await stage.client();
  const queued = client.call("echo").withArgs(0).withTimeout(2_000).sync();
  const ended = Promise.allSettled([queued]);
  const refusals = Array.from({ length: 5 }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return client.call("echo").withArgs(1).withTimeout(1_000).sync();
  });
  const settled = await Promise.allSettled(refusals);
  const refused = settled.filter(
    (end) => end.status === "rejected" && (end.reason as { code?: string }).code === "Overloaded",
  );
  // A broker may have room for one more than it was told.
  expect(refused.length).toBeGreaterThanOrEqual(settled.length - 1);
  for (const end of refused) expect(end).toMatchObject({ reason: { executed: "no", retryable: true } });
  expect(await ended).toMatchObject([{ status: "rejected", reason: { code: "Timeout" } }]);
});
