import { type Message, NO_HEADERS, type SendOutcome, type Transport } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { Latch } from "../latch.js";
import { brokerOf, declareQueue } from "./broker-hand.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";

const ALL = ".*";
/** RabbitMQ's exchange for topics may not be written to. */
const NO_TOPICS = "^(?!amq\\.direct$).*";

const NEWS: Message = {
  body: new TextEncoder().encode("news"),
  contentType: undefined,
  correlationId: undefined,
  replyTo: undefined,
  ttlMs: undefined,
  headers: NO_HEADERS,
  durable: false,
};

function publish(transport: Transport, topic: string): Promise<SendOutcome> {
  return new Promise((onOutcome) => transport.publish(topic, NEWS, { onOutcome }));
}

fault(
  11,
  "over a message: it is told, and made again; other calls of its connection are untouched; what it carried goes on",
  async (stage) => {
    const broker = brokerOf(stage.row);
    const user = stage.service;
    await broker.ctl("add_user", user, user);
    await broker.ctl("set_permissions", user, ALL, NO_TOPICS, ALL);
    const url = new URL(stage.row.url);
    url.username = user;
    url.password = user;
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    await stage.server({
      held: async () => {
        started.add(true);
        await latch.pass();
        return "held";
      },
      echo: (request) => request.args()[0],
    });
    const transport = await stage.transport({ url: url.href });
    const told: string[] = [];
    const stop = [
      transport.on("degraded", ({ what }) => told.push(what)),
      transport.on("down", ({ reason }) => told.push(`down: ${reason.message}`)),
    ];
    const client = await stage.client({ transport });
    const held = client.call("held").sync();
    await started.next();

    // Over a message that may not be sent RabbitMQ ends the session in which it came.
    for (let count = 0; count < 2; count++) {
      const { kind } = await publish(transport, stage.service);
      expect(["refused", "unknown"]).toContain(kind);
      expect((await client.call("echo").withArgs(count).sync()).json()).toBe(count);
    }
    latch.open();
    expect((await held).json()).toBe("held");
    expect(new Set(told)).toEqual(new Set(["publishing to topics"]));
    for (const each of stop) each();

    const heard = new Arrivals<string>("a message of the topic");
    const listener = await stage.transport();
    await listener.subscribe(stage.service, ({ body }) => heard.add(new TextDecoder().decode(body)));
    await broker.ctl("set_permissions", user, ALL, ALL, ALL);
    await eventually(async () => (await publish(transport, stage.service)).kind, "accepted");
    expect(await heard.next()).toBe("news");
    await broker.ctl("delete_user", user);
  },
  { on: ["amqp10 on rabbitmq-4.0", "amqp10 on rabbitmq-4.3"] },
);

fault(
  11,
  "over a link: its server is told why, and can try again; others of its connection are untouched",
  async (stage) => {
    const transport = await stage.transport(stage.row, { queueMode: "passive" });
    const told: string[] = [];
    const stop = transport.on("down", ({ reason }) => told.push(reason.message));
    const latch = new Latch();
    const started = new Arrivals<true>("a started run");
    await declareQueue(stage.row, stage.service, { durable: true });
    await stage.server(
      {
        held: async () => {
          started.add(true);
          await latch.pass();
          return "held";
        },
      },
      { transport },
    );
    const client = await stage.client({ transport });
    const held = client.call("held").sync();
    await started.next();
    const service = `${stage.service}-other`;
    const handlers: Parameters<typeof stage.server>[0] = { echo: (request) => request.args()[0] };
    // RabbitMQ before 4.2 ends a session in which a link is to be attached to what is not there.
    for (let count = 0; count < 3; count++)
      await expect(stage.server(handlers, { transport, service })).rejects.toMatchObject({
        code: "Config",
        message: expect.stringMatching(/no queue .*-other/),
      });
    await declareQueue(stage.row, service, { durable: true });
    await stage.server(handlers, { transport, service });
    const ofOther = await stage.client({ transport, service });
    expect((await ofOther.call("echo").withArgs("x").sync()).json()).toBe("x");
    latch.open();
    expect((await held).json()).toBe("held");
    stop();
    expect(told).toEqual([]);
  },
  { on: ["amqp10 on rabbitmq-3.10", "amqp10 on rabbitmq-4.0"] },
);
