import { encodeRequest, methodHeaders, type Transport } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Latch } from "./latch.js";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";

const REQUESTS = 100_000;
/** Together three times what the server may take for them. */
const BODY = new Uint8Array(2_048);
const MAX_GROWTH_MB = 64;
/** Sends that no broker has confirmed yet. */
const WINDOW = 500;
const WITHIN_MS = 120_000;

// One will do: what bounds it is the credit, which each transport's conformance suite holds.
const carriers = rows.filter(([title]) => title === "amqp091 on rabbitmq-4.3");

/** One-way requests; every second one has no time to wait. */
async function fill(transport: Transport, service: string): Promise<void> {
  const request = { method: "work", contentType: "application/octet-stream", body: BODY, headers: undefined };
  const headers = methodHeaders("work");
  const message = { ...encodeRequest(request, headers, undefined), durable: false };
  let made = 0;
  const send = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        if (made === REQUESTS) {
          resolve();
          return;
        }
        const ttlMs = made++ % 2 === 0 ? undefined : 1;
        transport.send(
          service,
          { ...message, ttlMs },
          {
            onOutcome: ({ kind }) => (kind === "accepted" ? next() : reject(new Error(kind))),
          },
        );
      };
      next();
    });
  await Promise.all(Array.from({ length: WINDOW }, send));
}

/** Megabytes that this process holds, buffers included. */
function heldMb(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1_048_576;
}

describe("a backlog", () => {
  if (carriers.length === 0) test.skip("is worked off: this run has no amqp091 on rabbitmq-4.3", () => {});
  test.each(carriers)(
    "of 100,000 requests is worked off in flat memory, and what has expired in it does not run: %s",
    { timeout: WITHIN_MS },
    async (_title, row) => {
      await using stage = new Stage(row, "backlog");
      // Declares the queue.
      const declaring = await stage.server({});
      await declaring.shutdown();
      const transport = await stage.transport();
      const lease = transport.acquire();
      await transport.ready();
      await fill(transport, stage.service);
      await lease.release();

      const done = new Latch();
      const before = heldMb();
      let [runs, most] = [0, 0];
      const work = async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        if (++runs % 1_000 === 0) most = Math.max(most, heldMb());
        if (runs === REQUESTS / 2) done.open();
      };
      await stage.server({ work });
      await done.pass();
      expect(most - before).toBeLessThan(MAX_GROWTH_MB);
      expect(runs).toBe(REQUESTS / 2);
    },
  );
});
