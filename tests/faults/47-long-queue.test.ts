import { setTimeout as delay } from "node:timers/promises";
import type { Delivery } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";
import { RawCaller } from "./peers/raw-caller.js";

const BACKLOG = 2_000;
const A_BATCH = 250;
const AT_A_TIME = 20;
/** RabbitMQ 4.0 sends so many more by AMQP 1.0 than it has credit for. */
const OVERSHOOT = 5;

fault(
  47,
  "a slow server holds no more of a long queue than it runs, and runs none that expired there",
  async (stage) => {
    const first = await stage.server({ m: () => {} });
    const caller = await RawCaller.open(stage);
    await first.shutdown();
    const body = new Uint8Array(1_024);
    const nobody = { replyTo: undefined, correlationId: undefined, body };
    const sendAll = async (count: number, ttlMs: number | undefined): Promise<void> => {
      const sends = Array.from({ length: count }, () => caller.send({ ...nobody, ttlMs }));
      for (const { kind } of await Promise.all(sends)) expect(kind).toBe("accepted");
    };
    // No more at a time than a transport may have unconfirmed.
    for (let sent = 0; sent < BACKLOG; sent += A_BATCH) await sendAll(A_BATCH, undefined);
    await sendAll(A_BATCH, 100);
    await delay(150);
    const transport = await stage.transport();
    let held = 0;
    let mostHeld = 0;
    const { consume } = transport;
    transport.consume = (queue, options, onDelivery) =>
      consume.call(transport, queue, options, (delivery: Delivery) => {
        mostHeld = Math.max(mostHeld, ++held);
        onDelivery(delivery);
      });
    const runs = new Arrivals<true>("a run");
    const m = async (): Promise<void> => {
      await delay(1);
      held--;
      runs.add(true);
    };
    await stage.server({ m, fence: () => "fine" }, { transport, maxInFlight: AT_A_TIME });
    await runs.reach(BACKLOG, 40_000);
    const client = await stage.client();
    expect((await client.call("fence").sync()).json()).toBe("fine");
    expect(runs.count).toBe(BACKLOG);
    const overshoot = stage.row.cannot.has("hold back what a consumer has no room for") ? OVERSHOOT : 0;
    // One more where the run is over and its delivery is not settled yet.
    expect(mostHeld).toBeLessThanOrEqual(2 * AT_A_TIME + overshoot);
  },
  { timeoutMs: 60_000 },
);
