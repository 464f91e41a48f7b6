import type { FuzzTarget } from "@porthos-rpc/fuzz";
import { RpcError } from "@porthos-rpc/protocol";
import { readProperties } from "../src/content-header.js";
import { FieldTableReader } from "../src/field-table.js";
import { encodeHeaders } from "../src/header-encode.js";
import { dialectOf, toMessage } from "../src/mapping.js";
import { readOptions } from "../src/options.js";
import { readReplyAddress } from "../src/reply-address.js";
import { nestedTable } from "./raw-frames.js";

const rabbit = dialectOf("RabbitMQ", 131_072);
const qpid = dialectOf("Apache Qpid Broker-J Core", 131_072);

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

/** A table of one header of each type. */
const TABLE = hex(
  "0000004a 0161 53 00000001 78 0162 49 00000001 0163 74 01 0164 56 0165 54 0000000000000001 0166 78 00000001 ff 0167 46 00000005 0168 62 01 0161 0169 41 00000002 4253 016a 6c 0000000000000001",
);
const HEADER = Buffer.concat([
  hex("003c 0000 0000000000000002 a780 01 61"),
  TABLE,
  hex("02 01 63 01 72 02 3939 01 6d"),
]);

function read(table: Buffer): ReturnType<FieldTableReader["headers"]> | undefined {
  try {
    return new FieldTableReader(table, 0).headers();
  } catch (error) {
    if (error instanceof RpcError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The decoders of this package that strangers' bytes come to. */
export const targets: readonly FuzzTarget[] = [
  {
    name: "amqp091-table",
    seeds: [TABLE, nestedTable(10), nestedTable(70)],
    run: (bytes) => {
      const headers = read(Buffer.from(bytes));
      if (headers === undefined) return;
      try {
        encodeHeaders(headers);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
      }
    },
  },
  {
    name: "amqp091-header",
    seeds: [HEADER, hex("003c 0000 0000000000000000 0000"), hex("003c 0000 0000000000000000 8000 01 78")],
    run: (bytes) => {
      const properties = readProperties(Buffer.from(bytes));
      for (const dialect of [rabbit, qpid]) {
        const { ttlMs } = toMessage(Buffer.from("body"), properties, dialect);
        if (ttlMs !== undefined && !(Number.isSafeInteger(ttlMs) && ttlMs >= 1))
          throw new Error(`a time to live of ${ttlMs}`);
      }
    },
  },
  {
    name: "amqp091-reply-address",
    seeds: [
      "amq.gen-x",
      "/queues/a%20b",
      "/queue/x",
      "direct:////?routingkey='x'",
      "amq.rabbitmq.reply-to.g1h2AAc=.AAAA",
    ].map((text) => Buffer.from(text)),
    run: (bytes) => {
      try {
        const { key } = readReplyAddress(Buffer.from(bytes).toString());
        if (key === "" || Buffer.byteLength(key) > 255) throw new Error("no key");
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
      }
    },
  },
  {
    name: "amqp091-options",
    seeds: [
      '{"url":"amqp://127.0.0.1","heartbeatSeconds":5}',
      '{"url":["amqp://a:b@c"],"tls":{"insecure":true}}',
    ].map((text) => Buffer.from(text)),
    run: (bytes) => {
      try {
        readOptions(JSON.parse(Buffer.from(bytes).toString()));
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      }
    },
  },
];
