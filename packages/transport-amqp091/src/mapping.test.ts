import { type HeaderValue, type Message, NO_BODY, NO_HEADERS, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, test, vi } from "vitest";
import type { Properties } from "./content-header.js";
import { bufferOf, checkQueueName, dialectOf, isReturnable, publishOptions, toMessage } from "./mapping.js";

const rabbit = dialectOf("RabbitMQ", 131_072);
const qpid = dialectOf("Apache Qpid Broker-J Core", 262_144);

function message(part: Partial<Message> = {}): Message {
  return {
    body: NO_BODY,
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
    ...part,
  };
}

function properties(part: Partial<Properties> = {}): Properties {
  return {
    contentType: undefined,
    headers: NO_HEADERS,
    deliveryMode: undefined,
    correlationId: undefined,
    replyTo: undefined,
    expiration: undefined,
    messageId: undefined,
    unreadable: undefined,
    ...part,
  };
}

describe("publishOptions", () => {
  test("a request has the properties of wire version 1 and the id that mandatory needs, no others", () => {
    const request = message({
      contentType: "application/json",
      correlationId: "c1",
      replyTo: "amq.gen-1",
      ttlMs: 500,
      headers: new Map([["X-Method", "addOne"]]),
    });
    expect(publishOptions(request, "7", rabbit)).toEqual({
      mandatory: true,
      headers: Object.assign(Object.create(null), { "X-Method": "addOne" }),
      contentType: "application/json",
      correlationId: "c1",
      replyTo: "amq.gen-1",
      expiration: "500",
      messageId: "7",
    });
  });

  test("a one-way call has neither correlation id, nor reply address, nor expiration", () => {
    expect(publishOptions(message({ durable: true }), undefined, rabbit)).toEqual({
      mandatory: false,
      headers: undefined,
      deliveryMode: 2,
    });
  });

  test("Qpid is told the point in time at which a message expires", () => {
    vi.useFakeTimers({ now: 1_000_000 });
    try {
      expect(publishOptions(message({ ttlMs: 500 }), undefined, qpid).expiration).toBe("1000500");
      expect(toMessage(NO_BUFFER, properties({ expiration: "1000200" }), qpid).ttlMs).toBe(200);
      expect(toMessage(NO_BUFFER, properties({ expiration: "900000" }), qpid).ttlMs).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each<[string, Partial<Message>]>([
    ["a correlation id of 256 bytes", { correlationId: "ü".repeat(128) }],
    ["a reply address of 256 bytes", { replyTo: "r".repeat(256) }],
    ["the pseudo-queue of direct replies", { replyTo: "amq.rabbitmq.reply-to" }],
    ["a content type of 256 bytes", { contentType: "c".repeat(256) }],
    ["a correlation id that is no text", { correlationId: 7 as unknown as string }],
    ["half a millisecond to live", { ttlMs: 0.5 }],
    ["no time to live", { ttlMs: 0 }],
    ["a negative time to live", { ttlMs: -1 }],
    ["a time to live that is no number", { ttlMs: Number.NaN }],
    ["a time to live beyond what the broker takes", { ttlMs: 2 ** 32 }],
  ])("%s is refused as BadRequest: the broker would close the channel", (_, part) => {
    expect(() => publishOptions(message(part), "1", rabbit)).toThrow(
      expect.objectContaining({ code: "BadRequest" }),
    );
  });

  test("255 bytes are taken, however many characters they are", () => {
    const id = `${"ü".repeat(127)}x`;
    expect(publishOptions(message({ correlationId: id }), "1", rabbit).correlationId).toBe(id);
  });

  test.each([{}, { a: {} }, [{}]])(
    "the empty table in %j is refused on Qpid, which falls over it",
    (value) => {
      const headers = new Map<string, HeaderValue>([
        ["kind", "greeting"],
        ["odd", value],
      ]);
      expect(() => publishOptions(message({ headers }), "1", qpid)).toThrow(/"odd" holds an empty table/);
      expect(publishOptions(message({ headers }), "1", rabbit).headers).toBeDefined();
    },
  );

  test("headers that do not fit into one frame are refused as TooLarge", () => {
    const headers = new Map([["h", "x".repeat(5_000)]]);
    const small = dialectOf("RabbitMQ", 8_192);
    expect(() => publishOptions(message({ headers }), "1", small)).toThrow(
      expect.objectContaining({ code: "TooLarge" }),
    );
    expect(publishOptions(message({ headers }), "1", rabbit).headers).toBeDefined();
    const huge = new Map([["h", "x".repeat(65_536)]]);
    expect(() => publishOptions(message({ headers: huge }), "1", rabbit)).toThrow(/at most 65536/);
  });
});

describe("checkQueueName", () => {
  test.each(["a/b", "/", "$management"])("%j is refused on Qpid, which never delivers to it", (name) => {
    expect(() => checkQueueName(name, qpid)).toThrow(expect.objectContaining({ code: "Config" }));
    expect(() => checkQueueName(name, rabbit)).not.toThrow();
  });

  test.each(["a.b", "a%2Fb", "cash$", "größe"])("%j is a name everywhere", (name) => {
    expect(() => checkQueueName(name, qpid)).not.toThrow();
  });
});

const NO_BUFFER = Buffer.alloc(0);

describe("toMessage", () => {
  test("every field is there, with undefined for what did not come", () => {
    expect(toMessage(NO_BUFFER, properties(), rabbit)).toEqual(message());
  });

  test("an empty text is none", () => {
    const { contentType, correlationId, replyTo } = toMessage(
      NO_BUFFER,
      properties({ contentType: "", correlationId: "", replyTo: "" }),
      rabbit,
    );
    expect([contentType, correlationId, replyTo]).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ["500", 500],
    ["0", 1],
    ["soon", undefined],
    ["-1", undefined],
    ["1e3", undefined],
  ])("an expiration of %s is a time to live of %s", (expiration, ttlMs) => {
    expect(toMessage(NO_BUFFER, properties({ expiration }), rabbit).ttlMs).toBe(ttlMs);
  });

  test("the body is a plain Uint8Array", () => {
    const { body } = toMessage(Buffer.from("abc"), properties({ deliveryMode: 2 }), rabbit);
    expect(Object.getPrototypeOf(body)).toBe(Uint8Array.prototype);
    expect(new TextDecoder().decode(body)).toBe("abc");
  });
});

describe("bufferOf", () => {
  test("takes the part of the memory that the body is, without a copy", () => {
    const memory = new Uint8Array([1, 2, 3, 4]);
    const buffer = bufferOf(memory.subarray(1, 3));
    memory[1] = 9;
    expect([...buffer]).toEqual([9, 3]);
  });

  test.each<unknown>(["text", [1], undefined, new Uint16Array(1)])("refuses %s", (body) => {
    expect(() => bufferOf(body as Uint8Array)).toThrow(RpcError);
  });
});

test("on Qpid a long key is not asked back, unless it is ASCII: the broker would end the connection", () => {
  const emoji = (count: number): string => "\u{1f9ee}".repeat(count);
  expect([emoji(48), emoji(49), "q".repeat(255)].map((key) => isReturnable(key, qpid))).toEqual([
    true,
    false,
    true,
  ]);
  expect(isReturnable(emoji(63), rabbit)).toBe(true);
});
