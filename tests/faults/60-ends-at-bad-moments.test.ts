import { createServer } from "@porthos-rpc/server";
import { expect } from "vitest";
import { within } from "../waits.js";
import { fault } from "./fault.js";
import { cuttable } from "./peers/cuttable.js";

const CLOSED_WITHIN_MS = 5_000;

fault(60, "a server that is started twice serves once", async (stage) => {
  let runs = 0;
  const server = await stage.server({ count: () => void runs++ });
  expect(server.listen()).toBe(server.listen());
  await server.listen();
  const client = await stage.client();
  await client.call("count").sync();
  await client.call("count").sync();
  expect(runs).toBe(2);
});

fault(60, "ends that are closed twice are closed once, and refuse what comes then", async (stage) => {
  const transport = await stage.transport();
  const server = await stage.server({ m: () => {} }, { transport });
  const client = await stage.client({ transport });
  await client.call("m").sync();
  await Promise.all([client.close(), client.close(), client.close({ timeoutMs: 100 })]);
  await expect(client.call("m").sync()).rejects.toMatchObject({ code: "Closed", executed: "no" });
  await expect(client.call("m").void()).rejects.toMatchObject({ code: "Closed", executed: "no" });
  await Promise.all([server.close(), server.shutdown(), server.close(), server.closed]);
  await expect(server.listen()).rejects.toMatchObject({ code: "Closed" });
  await Promise.all([transport.close(), transport.close()]);
  expect(transport.state).toBe("closed");
  await expect(transport.ready()).rejects.toMatchObject({ code: "Closed" });
  expect(() => transport.acquire()).toThrow(expect.objectContaining({ code: "Closed" }));
});

fault(60, "ends that are closed while they connect leave nothing, and their calls end", async (stage) => {
  const transport = await stage.transport(stage.row, { waitUntilReady: false });
  const client = await stage.client({ transport });
  const server = createServer({ transport, service: stage.service, clock: stage.clock });
  server.register("m", () => {});
  const call = client.call("m").sync();
  const ended = expect(call).rejects.toMatchObject({ code: "Closed" });
  const listening = server.listen().then(
    () => "listening",
    (error: { code: string }) => error.code,
  );
  const closing = Promise.all([client.close(), server.close(), transport.close()]);
  await within(CLOSED_WITHIN_MS, "ends to close while they connect", closing);
  await ended;
  expect(["listening", "Closed"]).toContain(await listening);
});

fault(
  60,
  "ends that are closed while they reconnect are closed in time, and their calls end",
  async (stage) => {
    const { transport, leave } = await cuttable(stage);
    const server = await stage.server({ m: () => {}, hold: () => new Promise(() => {}) }, { transport });
    const client = await stage.client({ transport });
    await client.call("m").sync();
    const held = client.call("hold").sync();
    const endOfHeld = expect(held).rejects.toMatchObject({ executed: "maybe" });
    const down = new Promise<void>((resolve) => {
      const stop = transport.on("down", () => {
        stop();
        resolve();
      });
    });
    await leave();
    await within(CLOSED_WITHIN_MS, "the transport to be down", down);
    const waiting = client.call("m").sync();
    const ended = expect(waiting).rejects.toMatchObject({ code: "Closed", executed: "no" });
    const closing = Promise.all([client.close(), server.shutdown({ timeoutMs: 200 }), transport.close()]);
    await within(CLOSED_WITHIN_MS, "ends to close while they reconnect", closing);
    await Promise.all([ended, endOfHeld]);
  },
);

fault(60, "what is closed at once after it was made has done nothing", async (stage) => {
  const transport = await stage.transport(stage.row, { waitUntilReady: false });
  const client = await stage.client({ transport });
  const server = createServer({ transport, service: stage.service, clock: stage.clock });
  await Promise.all([client.close(), server.close(), transport.close()]);
  expect(transport.state).toBe("closed");
});
