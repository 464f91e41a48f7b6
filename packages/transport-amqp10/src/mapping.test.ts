import { type HeaderValue, type Message, NO_HEADERS, RpcError } from "@porthos-rpc/protocol";
import rhea from "rhea";
import { describe, expect, test } from "vitest";
import { TTL_OFFSET } from "./amqp-message.js";
import { decode, encode } from "./mapping.js";

const ROUTE = { to: "/queues/calculator", subject: undefined };

function message(parts: Partial<Message> = {}): Message {
  return {
    body: new TextEncoder().encode("hello"),
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
    ...parts,
  };
}

function decodedByRhea(bytes: Buffer): Record<string, unknown> {
  return rhea.message.decode(bytes) as unknown as Record<string, unknown>;
}

/** rhea's encoder, which its types do not have. */
interface RheaWriter {
  write(value: unknown): void;
  toBuffer(): Buffer;
}

describe("what is encoded is what another implementation reads", () => {
  test("all properties", () => {
    const sent = message({
      contentType: "application/json",
      correlationId: "id-7",
      replyTo: "porthos.inbox.1",
      ttlMs: 5_000,
      durable: true,
    });
    expect(decodedByRhea(encode(sent, ROUTE))).toMatchObject({
      to: "/queues/calculator",
      content_type: "application/json",
      correlation_id: "id-7",
      reply_to: "porthos.inbox.1",
      ttl: 5_000,
      durable: true,
      body: { typecode: 0x75, content: Buffer.from("hello") },
    });
  });

  test("headers, with the types that peers insist on", () => {
    const headers = new Map<string, HeaderValue>([
      ["statusCode", 200],
      ["large", 2 ** 40],
      ["half", 0.5],
      ["yes", true],
      ["text", "é"],
      ["bytes", new Uint8Array([1, 2])],
      ["date", new Date(1_000)],
      ["nothing", null],
      ["list", [1, "a"]],
    ]);
    const bytes = encode(message({ headers }), ROUTE);
    expect(decodedByRhea(bytes)["application_properties"]).toEqual({
      statusCode: 200,
      large: 2 ** 40,
      half: 0.5,
      yes: true,
      text: "é",
      bytes: Buffer.from([1, 2]),
      date: new Date(1_000),
      nothing: null,
      list: [1, "a"],
    });
    // AMQP int, in its wide form.
    const at = bytes.indexOf("statusCode") + "statusCode".length;
    expect([...bytes.subarray(at, at + 5)]).toEqual([0x71, 0, 0, 0, 200]);
  });

  test("the time to live stands where it can be overwritten", () => {
    const bytes = encode(message({ ttlMs: 5_000 }), ROUTE);
    expect(bytes.readUInt32BE(TTL_OFFSET)).toBe(5_000);
    bytes.writeUInt32BE(7, TTL_OFFSET);
    expect(decodedByRhea(bytes)["ttl"]).toBe(7);
  });
});

describe("what another implementation encodes is read", () => {
  function fromRhea(parts: object): ReturnType<typeof decode> {
    return decode(rhea.message.encode(parts as never) as unknown as Buffer);
  }

  test("all properties", () => {
    const headers = { "X-Method": "add", statusCode: rhea.types.wrap_int(200) };
    const { message: read, ...rest } = fromRhea({
      body: rhea.message.data_section(Buffer.from("hello")),
      content_type: "text/plain",
      correlation_id: "id-7",
      reply_to: "q",
      ttl: 5_000,
      durable: true,
      first_acquirer: true,
      delivery_count: 2,
      subject: "s",
      application_properties: headers,
      message_annotations: { "x-opt-a": 1 },
      footer: { "x-opt-b": 1 },
    });
    expect(new TextDecoder().decode(read.body)).toBe("hello");
    expect(read).toMatchObject({
      contentType: "text/plain",
      correlationId: "id-7",
      replyTo: "q",
      ttlMs: 5_000,
      durable: true,
    });
    expect([...read.headers]).toEqual([
      ["X-Method", "add"],
      ["statusCode", 200],
    ]);
    expect(rest).toMatchObject({ firstAcquirer: true, deliveryCount: 2, subject: "s" });
  });

  test("several data sections are one body", () => {
    const { message: read } = fromRhea({
      body: rhea.message.data_sections([Buffer.from("a"), Buffer.from("b")] as never),
    });
    expect(new TextDecoder().decode(read.body)).toBe("ab");
  });

  test("a text as an AMQP value is a body, and so are bytes and nothing", () => {
    expect(new TextDecoder().decode(fromRhea({ body: "é" }).message.body)).toBe("é");
    expect(fromRhea({ body: Buffer.from([1]) }).message.body).toEqual(new Uint8Array([1]));
    expect(fromRhea({ body: null }).message.body.length).toBe(0);
  });

  test.each([
    ["no number", Number.NaN],
    ["without an end", Number.POSITIVE_INFINITY],
    ["below zero", -5],
    ["a fraction", 1.5],
    ["larger than an AMQP uint", 2 ** 40],
  ])("a time to live that is %s is none", (_, ttl) => {
    const double = rhea.types.wrap_double(ttl);
    const list = rhea.types.wrap_described([null, null, double], 0x70);
    const writer = new (rhea.types as never as { Writer: new () => RheaWriter }).Writer();
    writer.write(list);
    const body = Buffer.from([0x00, 0x53, 0x75, 0xa0, 0x00]);
    expect(decode(Buffer.concat([writer.toBuffer(), body])).message.ttlMs).toBeUndefined();
  });

  test("a number for a correlation id becomes its digits", () => {
    expect(fromRhea({ correlation_id: 7, body: null }).message.correlationId).toBe("7");
  });

  test("a map or a sequence for a body is refused", () => {
    expect(() => fromRhea({ body: { a: 1 } })).toThrow(RpcError);
    expect(() => fromRhea({ body: rhea.message.sequence_section([1] as never) })).toThrow(RpcError);
  });

  test("unless it is asked for", () => {
    const bytes = rhea.message.encode({ body: { a: 1 } } as never) as unknown as Buffer;
    expect(decode(bytes, true).value).toEqual({ a: 1 });
  });
});

describe("what has no AMQP form is refused before anything is written", () => {
  const rows: readonly (readonly [string, Partial<Message>])[] = [
    ["a correlation id of 256 bytes", { correlationId: "x".repeat(256) }],
    ["a reply address of 256 bytes", { replyTo: "x".repeat(256) }],
    ["a reply to the pseudo-queue of direct replies", { replyTo: "amq.rabbitmq.reply-to" }],
    ["a content type that is not ASCII", { contentType: "tëxt" }],
    ["a time to live of 0", { ttlMs: 0 }],
    ["a time to live in fractions", { ttlMs: 1.5 }],
    ["a time to live beyond 32 bits", { ttlMs: 2 ** 32 }],
    ["a body that is no bytes", { body: "hello" as never }],
    ["NaN", { headers: new Map([["a", Number.NaN]]) }],
    ["a BigInt", { headers: new Map([["a", 1n as never]]) }],
    ["a function", { headers: new Map([["a", (() => {}) as never]]) }],
    ["undefined", { headers: new Map([["a", undefined as never]]) }],
    ["an object of a class", { headers: new Map([["a", new Set() as never]]) }],
    ["a header name of 256 bytes", { headers: new Map([["x".repeat(256), 1]]) }],
    ["64 KiB of headers", { headers: new Map([["a", "x".repeat(65_536)]]) }],
  ];
  test.each(rows)("%s", (_, parts) => {
    expect(() => encode(message(parts), ROUTE)).toThrow(RpcError);
  });

  test("a circular header", () => {
    const circle: Record<string, HeaderValue> = {};
    circle["self"] = circle;
    expect(() => encode(message({ headers: new Map([["a", circle]]) }), ROUTE)).toThrow(/circular/);
  });
});

test("the body is the receiver's own memory", () => {
  const bytes = encode(message(), ROUTE);
  const { body } = decode(bytes).message;
  body.fill(0);
  expect(new TextDecoder().decode(decode(bytes).message.body)).toBe("hello");
  expect(Buffer.isBuffer(body)).toBe(false);
});

test("a message cut short anywhere is refused or read as far as it goes, and nothing else happens", () => {
  const whole = encode(message({ headers: new Map([["a", [1, "b"]]]), correlationId: "7" }), ROUTE);
  for (let length = 0; length < whole.length; length++) {
    try {
      decode(whole.subarray(0, length));
    } catch (error) {
      expect(error).toBeInstanceOf(RpcError);
    }
  }
});
