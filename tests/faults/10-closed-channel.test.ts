import { expect } from "vitest";
import { deleteQueue } from "./broker-hand.js";
import type { Carrier } from "./carriers.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";

/** Where a queue that is deleted ends its consumer's link or channel, and nothing more. */
const ON: readonly Carrier[] = [
  "amqp091 on rabbitmq-3.10",
  "amqp091 on rabbitmq-4.3",
  "amqp091 on qpid",
  "amqp10 on rabbitmq-4.0",
  "amqp10 on rabbitmq-4.3",
  "amqp10 on artemis",
  "amqp10 on qpid",
];

fault(
  10,
  "only that one is opened again; other calls of its connection are untouched; what is settled late harms nobody",
  async (stage) => {
    const transport = await stage.transport();
    const told: { what: string; reason: string }[] = [];
    const stop = [
      transport.on("degraded", ({ what, reason }) => told.push({ what, reason: reason.message })),
      transport.on("down", ({ reason }) => told.push({ what: "down", reason: reason.message })),
    ];
    const latches: (() => void)[] = [];
    const held = (): Promise<string> => new Promise((resolve) => latches.push(() => resolve("late answer")));
    await stage.server({ held, echo: (request) => request.args()[0] }, { transport });
    const other = `${stage.service}-other`;
    await stage.server({ held }, { transport, service: other });
    const caller = await stage.transport();
    const client = await stage.client({ transport: caller });
    const ofOther = await stage.client({ transport: caller, service: other });
    const answers = [client.call("held").sync(), ofOther.call("held").sync()];
    await eventually(() => latches.length, 2);

    await deleteQueue(stage.row, stage.service);
    await eventually(() => told.length > 0, true);
    for (const open of latches) open();
    for (const answer of await Promise.all(answers)) expect(answer.json()).toBe("late answer");
    const echo = async (): Promise<unknown> =>
      (await client.call("echo").withArgs("x").withTimeout(1_000).sync()).json();
    await eventually(echo, "x", { withinMs: 15_000 });
    for (const each of stop) each();
    // Neither the other consumer nor the connections, and the cause is told.
    for (const { what } of told) expect(what).toBe(`the consumer of queue "${stage.service}"`);
    expect(told[0]?.reason).toMatch(/deleted|destroyed|removed|not[- ]found|resource/i);
  },
  { on: ON },
);
