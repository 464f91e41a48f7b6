import { expect } from "vitest";
import { declareQueue } from "./broker-hand.js";
import { fault } from "./fault.js";

fault(
  14,
  "listen() fails at once and names the queue and what differs; looking for it only, it is served",
  async (stage) => {
    await declareQueue(stage.row, stage.service, { durable: false, exclusive: false, autoDelete: true });
    const transport = await stage.transport();
    const downs: string[] = [];
    const stop = transport.on("down", ({ reason }) => downs.push(reason.message));
    const startedMs = performance.now();
    await expect(stage.server({}, { transport })).rejects.toMatchObject({
      code: "Config",
      retryable: false,
      message: expect.stringContaining(stage.service),
    });
    const error: Error = await stage.server({}, { transport }).then(
      () => new Error("it listens"),
      (reason: Error) => reason,
    );
    expect(error.message).toMatch(/durable|auto.?delete|lifetime|PRECONDITION/i);
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    stop();
    expect(downs).toEqual([]);
    const passive = await stage.transport(stage.row, { queueMode: "passive" });
    await stage.server({ echo: (request) => request.args()[0] }, { transport: passive });
    const client = await stage.client();
    expect((await client.call("echo").withArgs("x").sync()).json()).toBe("x");
  },
);
