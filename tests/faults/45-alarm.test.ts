import { expect } from "vitest";
import { within } from "../waits.js";
import { brokerOf } from "./broker-hand.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";

/** How long a transport waits for its last confirms when it is closed. */
const CLOSED_WITHIN_MS = 8_000;

fault(
  45,
  "deadlines still fire, bounds hold, consuming goes on and close() returns; then calls go on",
  async (stage) => {
    const broker = brokerOf(stage.row);
    const isTold = stage.row.transport === "amqp091";
    const ofClient = await stage.transport(stage.row, { maxUnconfirmed: 2 });
    const ofServer = await stage.transport();
    const blocked: boolean[] = [];
    const stop = ofClient.on("blocked", (event) => blocked.push(event.blocked));
    const troubles: string[] = [];
    const stopDown = ofServer.on("down", ({ reason }) => troubles.push(reason.message));
    await stage.server({ echo: (request) => request.args()[0] }, { transport: ofServer });
    const client = await stage.client({ transport: ofClient });
    const leaving = await stage.transport();
    const ofLeaving = await stage.client({ transport: leaving });
    for (const each of [client, ofLeaving]) await each.call("echo").withArgs("x").sync();

    await broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB");
    try {
      if (isTold) {
        // The alarm strikes a connection when it sends; what it sent then is still taken.
        const last = client.call("echo").withTimeout(1_000).sync();
        await eventually(() => blocked, [true]);
        await last.catch(() => {});
      }
      const held = [1, 2].map(() => client.call("echo").withTimeout(1_000).sync());
      const ended = Promise.allSettled(held);
      await expect(client.call("echo").withTimeout(1_000).sync()).rejects.toMatchObject({
        code: "Overloaded",
        executed: "no",
      });
      for (const end of await ended)
        expect(end).toMatchObject({ status: "rejected", reason: { code: "Timeout", executed: "maybe" } });
      void ofLeaving
        .call("echo")
        .withTimeout(500)
        .sync()
        .catch(() => {});
      await within(CLOSED_WITHIN_MS, "a client and its transport to close", close());
      expect(troubles).toEqual([]);
    } finally {
      await broker.ctl("set_vm_memory_high_watermark", "0.6");
    }
    stop();
    stopDown();
    await eventually(async () => (await client.call("echo").withArgs("y").sync()).json(), "y");

    async function close(): Promise<void> {
      await ofLeaving.close();
      await leaving.close();
    }
  },
  { timeoutMs: 60_000 },
);
