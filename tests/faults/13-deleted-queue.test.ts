import { expect } from "vitest";
import { deleteQueue } from "./broker-hand.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";

/** Its plugin ends the connection over a deleted queue, which is no event of the consumer. */
const TELLS_NOBODY = "amqp10 on rabbitmq-3.10";

fault(13, "the server is told, declares it again, and calls go on by themselves", async (stage, { task }) => {
  const transport = await stage.transport();
  const degraded: string[] = [];
  const stop = transport.on("degraded", ({ what }) => degraded.push(what));
  await stage.server({ echo: (request) => request.args()[0] }, { transport });
  const client = await stage.client({ timeoutMs: 1_000 });
  const echo = async (): Promise<unknown> => (await client.call("echo").withArgs("x").sync()).json();
  // The first call makes its inbox, which takes longer than a second where much is going on.
  await eventually(echo, "x", { withinMs: 15_000 });
  await deleteQueue(stage.row, stage.service);
  await eventually(echo, "x", { withinMs: 15_000 });
  stop();
  if (task.name.includes(TELLS_NOBODY)) return;
  expect(degraded).toContainEqual(expect.stringContaining(`queue "${stage.service}"`));
});

fault(13, "a call that finds no queue is told so at once, where the broker can tell", async (stage) => {
  const server = await stage.server({ echo: (request) => request.args()[0] });
  const transport = await stage.transport();
  const client = await stage.client({ transport });
  await client.call("echo").withArgs("x").sync();
  await server.close();
  await deleteQueue(stage.row, stage.service);
  const startedMs = performance.now();
  const call = client.call("echo").withArgs("x").withTimeout(1_500).sync();
  if (transport.features.unroutableSends) {
    await expect(call).rejects.toMatchObject({ code: "NoService", executed: "no" });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  } else await expect(call).rejects.toMatchObject({ code: "Timeout" });
});
