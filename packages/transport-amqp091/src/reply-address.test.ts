import { RpcError } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, test } from "vitest";
import { DirectReplyBreaker, readReplyAddress } from "./reply-address.js";

/** As RabbitMQ 3.10.8 made it. */
const TOKEN = "amq.rabbitmq.reply-to.g1h2AA5yZXBseUAxNDA3ODA2OAAAArAAAAAAawNhjg==.4wI2owydlOxiZD99asGCIA==";

function withPid(change: (pid: Buffer) => Buffer): string {
  const [head, key] = TOKEN.slice("amq.rabbitmq.reply-to.".length).split(".") as [string, string];
  return `amq.rabbitmq.reply-to.${change(Buffer.from(head, "base64")).toString("base64")}.${key}`;
}

describe("readReplyAddress", () => {
  test.each([
    ["amq.gen-R5IGoDeCJxT_P0fOscwlsA", "amq.gen-R5IGoDeCJxT_P0fOscwlsA"],
    ["Calculator@1700000000-porthos", "Calculator@1700000000-porthos"],
    ["/queues/reply%2F1", "reply/1"],
    ["/queue/reply.1", "reply.1"],
    ["/amq/queue/reply.1", "reply.1"],
    ["direct:////?routingkey='reply.q'", "reply.q"],
    ["/other/thing", "/other/thing"],
    ["direct.queue", "direct.queue"],
  ])("%s is the queue %s", (address, key) => {
    expect(readReplyAddress(address)).toEqual({ key, direct: false });
  });

  test("a direct reply-to address that RabbitMQ made is taken as it is", () => {
    expect(readReplyAddress(TOKEN)).toEqual({ key: TOKEN, direct: true });
    const short = withPid((pid) => Buffer.concat([Buffer.from([131, 88, 119, 14]), pid.subarray(5)]));
    expect(readReplyAddress(short).direct).toBe(true);
  });

  test.each([
    ["the bare name", "amq.rabbitmq.reply-to"],
    ["a token that is no process id", "amq.rabbitmq.reply-to.AAAA.AAAA"],
    ["an empty token", "amq.rabbitmq.reply-to."],
    ["a token without a key", withPid((pid) => pid).replace(/\.[^.]*$/, ".")],
    ["a third part", `${TOKEN}.x`],
    ["base64 without its padding", TOKEN.replace("jg==", "jg")],
    [
      "a node that has no number",
      withPid((pid) => Buffer.from(pid.toString("latin1").replace("@1", "@x"), "latin1")),
    ],
    ["an atom in Latin-1", withPid((pid) => Buffer.from([131, 88, 100, ...pid.subarray(3)]))],
    ["a byte too many", withPid((pid) => Buffer.concat([pid, Buffer.from([0])]))],
    ["a byte too few", withPid((pid) => pid.subarray(0, -1))],
    ["another term", withPid((pid) => Buffer.from([131, 104, ...pid.subarray(2)]))],
    ["nothing behind the tag", withPid(() => Buffer.from([131, 88, 118]))],
    ["nothing at all", ""],
    ["256 bytes", "a".repeat(256)],
    ["broken percent-encoding", "/queues/%zz"],
  ])("%s is refused", (_, address) => {
    expect(() => readReplyAddress(address)).toThrow(RpcError);
  });
});

describe("DirectReplyBreaker", () => {
  test("holds direct replies back for longer each time, and forgets after a quiet minute", () => {
    const clock = new ManualClock();
    const breaker = new DirectReplyBreaker(clock);
    breaker.check();
    breaker.trip();
    expect(() => breaker.check()).toThrow(/held back/);
    clock.advance(5_000);
    breaker.check();
    breaker.trip();
    clock.advance(9_999);
    expect(() => breaker.check()).toThrow(/held back/);
    clock.advance(60_001);
    breaker.check();
    breaker.trip();
    clock.advance(5_000);
    breaker.check();
  });

  test("the pause ends at a minute", () => {
    const clock = new ManualClock();
    const breaker = new DirectReplyBreaker(clock);
    for (let i = 0; i < 20; i++) breaker.trip();
    clock.advance(60_000);
    breaker.check();
  });
});
