import { expect } from "vitest";
import { int32, text } from "../seed-peer/field-table.js";
import { RawConnection } from "../seed-peer/raw-connection.js";
import { brokerOf } from "./broker-hand.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";

const FORGED = ["amq.rabbitmq.reply-to.AAAA.AAAA", `amq.rabbitmq.reply-to.${"g2dkAA".repeat(10)}.AAAA`];

fault(
  34,
  "each costs its server three reconnects at most, is done with, and other calls go on",
  async (stage) => {
    const transport = await stage.transport();
    let downs = 0;
    const stop = transport.on("down", () => downs++);
    let forged = 0;
    const server = await stage.server(
      { echo: (request) => request.args()[0], forged: () => forged++ },
      { transport },
    );
    await using raw = await RawConnection.open(brokerOf(stage.row).url("amqp091"));
    const channel = await raw.channel();
    for (const replyTo of FORGED)
      channel.publish(
        "",
        stage.service,
        { headers: [text("X-Method", "forged"), int32("x", 1)], replyTo, correlationId: Buffer.from("id") },
        Buffer.from("[]"),
      );
    await eventually(() => forged >= FORGED.length, true);
    const client = await stage.client();
    await eventually(async () => (await client.call("echo").withArgs("x").sync()).json(), "x");
    // Whoever serves next gets none of them again.
    await server.shutdown();
    stop();
    expect(downs).toBeLessThanOrEqual(3 * FORGED.length);
    const ran = forged;
    await stage.server({ echo: (request) => request.args()[0], forged: () => forged++ });
    expect((await client.call("echo").withArgs("y").sync()).json()).toBe("y");
    expect(forged).toBe(ran);
  },
);
