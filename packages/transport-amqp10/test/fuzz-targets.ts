import type { FuzzTarget } from "@porthos-rpc/fuzz";
import { RpcError } from "@porthos-rpc/protocol";
import { AmqpReader, MalformedError } from "../src/amqp-reader.js";
import { AmqpWriter } from "../src/amqp-writer.js";
import { nodeOfReplyAddress, queueOfReplyAddress, refuseDirect } from "../src/dialects/reply-address.js";
import { encodeHeaders } from "../src/header-encode.js";
import { decode, encode } from "../src/mapping.js";
import { readOptions } from "../src/options.js";

const MESSAGE = encode(
  {
    body: new TextEncoder().encode("{}"),
    contentType: "application/json",
    correlationId: "id",
    replyTo: "q",
    ttlMs: 5_000,
    headers: new Map<string, never>([
      ["a", [1, -2.5, "x", true, null, { b: [] }, new Date(0), new Uint8Array(3), 2 ** 40] as never],
    ]),
    durable: true,
  },
  { to: "t", subject: "s" },
);

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

/** What the decoder may throw, and nothing else. */
function documented(read: () => void, kind: abstract new (...args: never[]) => Error = RpcError): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
  }
}

/** The decoders of this package that strangers' bytes come to. */
export const targets: readonly FuzzTarget[] = [
  {
    name: "amqp10-message",
    seeds: [MESSAGE, hex("005377 a1 02 7b7d"), hex("005370 c0 04 03 41 40 52 05 005375 a0 00")],
    run: (bytes) => {
      for (const asValue of [false, true]) {
        documented(() => {
          const { message } = decode(Buffer.from(bytes), asValue);
          const { ttlMs } = message;
          if (ttlMs !== undefined && !(Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs < 2 ** 32))
            throw new Error(`ttl ${ttlMs}`);
          documented(() => void encodeHeaders(message.headers));
        });
      }
    },
  },
  {
    name: "amqp10-value",
    seeds: [
      hex("d1 00000014 00000004 a1 01 61 c0 03 02 41 42 a1 01 62 e0 06 01 71 00000001"),
      hex("00 a3 01 61 98 000102030405060708090a0b0c0d0e0f"),
      hex("c0 0b 03 83 0000000000000001 53 01 40"),
    ],
    run: (bytes) => {
      documented(() => void new AmqpReader(Buffer.from(bytes)).value(), MalformedError);
      documented(() => new AmqpReader(Buffer.from(bytes)).skip(), MalformedError);
    },
  },
  {
    name: "amqp10-writer",
    seeds: [hex("00"), hex("ff00ff"), Buffer.from("Ærø 東京")],
    run: (bytes) => {
      const text = Buffer.from(bytes).toString();
      const writer = new AmqpWriter(1);
      const list = writer.beginList();
      writer.string(text);
      writer.binary(bytes);
      writer.end(list, 2);
      const read = new AmqpReader(writer.finish()).value() as [string, Uint8Array];
      if (read[0] !== text || Buffer.compare(read[1], bytes) !== 0) throw new Error("not the same again");
    },
  },
  {
    name: "amqp10-reply-address",
    seeds: ["q", "/queues/a%2Fb", "/queue/x", "/amq/queue/y", "amq.rabbitmq.reply-to.x"].map((text) =>
      Buffer.from(text),
    ),
    run: (bytes) => {
      const text = Buffer.from(bytes).toString();
      documented(() => void refuseDirect(queueOfReplyAddress(text)));
      documented(() => void nodeOfReplyAddress(text, /^\$/));
    },
  },
  {
    name: "amqp10-options",
    seeds: [
      '{"url":"amqp10://127.0.0.1","idleTimeoutMs":5000}',
      '{"url":["amqp10s://a:b@c"],"sasl":"anonymous"}',
    ].map((text) => Buffer.from(text)),
    run: (bytes) => {
      let options: unknown;
      try {
        options = JSON.parse(Buffer.from(bytes).toString());
      } catch {
        return;
      }
      documented(() => void readOptions(options as never), TypeError);
    },
  },
];
