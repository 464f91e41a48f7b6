import { RpcError, systemClock } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { type Lanes, LinkFault, type SendLane } from "../lane.js";
import { artemis } from "./artemis.js";
import { detectDialect } from "./detect.js";
import { rabbitmq3 } from "./rabbitmq3.js";
import { rabbitmq4 } from "./rabbitmq4.js";

function lanes(product: string, ...capabilities: string[]): Lanes {
  const refuse = async (): Promise<never> => {
    throw new LinkFault("amqp:unauthorized-access", "not for you");
  };
  return {
    peer: { product, version: "1", capabilities },
    onLost: () => {},
    whenGone: () => {},
    openSend: product === "RabbitMQ" ? async () => ({ close: async () => {} }) as SendLane : refuse,
    openReceive: refuse,
    close: async () => {},
    destroy: () => {},
  };
}

describe("the broker is known by what it says of itself", () => {
  const rows: readonly (readonly [string, readonly string[], string])[] = [
    ["RabbitMQ", ["LINK_PAIR_V1_0", "ANONYMOUS-RELAY"], "RabbitMQ 4"],
    ["RabbitMQ", [], "RabbitMQ 3"],
    ["apache-activemq-artemis", ["ANONYMOUS-RELAY"], "ActiveMQ Artemis"],
    ["Apache Qpid Broker-J Core", ["ANONYMOUS-RELAY"], "Qpid Broker-J"],
    ["SomethingElse", ["ANONYMOUS-RELAY"], "AMQP 1.0"],
  ];
  test.each(rows)("%s %j is %s", async (product, capabilities, name) => {
    expect((await detectDialect(lanes(product, ...capabilities), systemClock)).name).toBe(name);
  });

  test("one without a relay cannot be used", async () => {
    await expect(detectDialect(lanes("SomethingElse"), systemClock)).rejects.toMatchObject({
      code: "Config",
    });
  });

  test("a Qpid that does not say how it is set up is trusted with nothing", async () => {
    const { features } = await detectDialect(lanes("Qpid", "ANONYMOUS-RELAY"), systemClock);
    expect(features).toMatchObject({ unroutableSends: false, unroutableReplies: false });
  });
});

const RABBIT4 = rabbitmq4(lanes("RabbitMQ"), systemClock);

describe("a stranger's reply address", () => {
  test("on RabbitMQ 4: a queue's bare name or address", () => {
    expect(RABBIT4.route("inbox", "a b").to).toBe("/queues/a%20b");
    expect(RABBIT4.route("inbox", "/queues/a%20b").to).toBe("/queues/a%20b");
    expect(RABBIT4.route("inbox", "/queue/a b").to).toBe("/queues/a%20b");
    expect(RABBIT4.route("inbox", "svc@123-porthos").to).toBe("/queues/svc%40123-porthos");
  });

  test("on RabbitMQ 3: the name, whatever the form", () => {
    for (const address of ["reply.1", "/queue/reply.1", "/amq/queue/reply.1", "/queues/reply.1"]) {
      expect(rabbitmq3().route("inbox", address)).toEqual({ to: undefined, subject: "reply.1" });
    }
    expect(() => rabbitmq3().route("inbox", "amq.rabbitmq.reply-to.AAAA.AAAA")).toThrow(RpcError);
  });

  const hostile = ["", "/exchanges/amq.topic/k", "/topic/k", "/", "/queues/%zz", "a\u0000b", "x".repeat(256)];
  test.each(hostile)("%j is refused on RabbitMQ", (address) => {
    expect(() => RABBIT4.route("inbox", address)).toThrow(RpcError);
    expect(() => rabbitmq3().route("inbox", address)).toThrow(RpcError);
  });

  test.each(["activemq.management", "$sys", "a::b", ""])("%j is refused on Artemis", (address) => {
    expect(() => artemis().route("inbox", address)).toThrow(RpcError);
  });
});

describe("topics", () => {
  test("on RabbitMQ 4: the exchange and keys of 0-9-1 peers", () => {
    expect(RABBIT4.route("topic", "a.*").to).toBe("/exchanges/amq.direct/porthos.topic.a.*");
  });

  test("on Artemis: an address without wildcards and separators", () => {
    expect(artemis().route("topic", "a.*#/b").to).toBe("porthos.topic.a%2e%2a%23%2Fb");
  });
});

test("a queue's name is encoded as its broker wants it, or refused", async () => {
  expect(RABBIT4.existingQueue("a/b?c").address).toBe("/queues/a%2Fb%3Fc");
  expect(rabbitmq3().existingQueue("a/b").address).toBe("/amq/queue/a%2Fb");
  await expect(rabbitmq3().declareQueue("a%2Fb")).rejects.toMatchObject({ code: "Config" });
  await expect(artemis().declareQueue("a?b")).rejects.toMatchObject({ code: "Config" });
});
