import type { Broker, Protocol } from "@porthos-rpc/brokers";
import { brokersFor } from "@porthos-rpc/brokers/vitest";
import { connect } from "@porthos-rpc/connect";
import { type Message, NO_HEADERS } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Arrivals } from "../arrivals.js";
import { brokerRow } from "../rows.js";
import { catalogue } from "./catalogue.js";
import { sendRaw10, sendRaw091 } from "./raw-senders.js";

const HONEST: Message = {
  body: new TextEncoder().encode("honest"),
  contentType: undefined,
  correlationId: undefined,
  replyTo: undefined,
  ttlMs: undefined,
  headers: NO_HEADERS,
  durable: false,
};

const families = ["rabbitmq", "artemis", "qpid"] as const;
const carriers = (["amqp091", "amqp10"] as const).flatMap((protocol) =>
  brokersFor(protocol, families).map((broker): [string, Protocol, Broker] => [
    `${protocol} on ${broker.name}`,
    protocol,
    broker,
  ]),
);

describe("messages that no library makes cost a reject each, through", () => {
  test.concurrent.each(carriers)("%s", { timeout: 90_000 }, async (_title, protocol, broker) => {
    const entries = catalogue(`messages-${protocol}`);
    const queue = `hostile-messages-${protocol}-${process.pid}`;
    const transport = await connect(broker.url(protocol));
    const lost: string[] = [];
    const quarantined: string[] = [];
    for (const event of ["down", "degraded"] as const) {
      transport.on(event, ({ reason }) => lost.push(`${event}: ${reason.message}`));
    }
    transport.on("quarantined", ({ address, reason }) => quarantined.push(`${address}: ${reason.message}`));
    const honest = new Arrivals<true>("an honest message");
    let arrived = 0;
    await transport.consume(queue, { credit: 10 }, (delivery) => {
      if (new TextDecoder().decode(delivery.message.body) === "honest") honest.add(true);
      else arrived++;
      delivery.accept();
    });
    for (const entry of entries) {
      if (protocol === "amqp091") await sendRaw091(broker.url(protocol), queue, entry);
      else await sendRaw10(broker, queue, entry);
    }
    transport.send(queue, HONEST);
    await honest.next();
    await transport.close();
    await brokerRow(broker, protocol).removeQueues([queue]);
    expect(lost).toEqual([]);
    expect(arrived).toBeGreaterThanOrEqual(entries.filter(({ expect: end }) => end === "arrives").length);
    expect(quarantined.length + arrived).toBeLessThanOrEqual(entries.length);
    expect(quarantined.filter((text) => !text.startsWith(queue))).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
