import type { FuzzTarget } from "@porthos-rpc/fuzz";
import { readCallId } from "../src/call-id.js";
import { type Codec, Codecs } from "../src/content.js";
import { readEndpoints, type UrlForm } from "../src/driver/endpoint.js";
import { RpcError } from "../src/errors.js";
import { jsonCodec } from "../src/json-codec.js";
import { type Message, NO_BODY } from "../src/message.js";
import { inOneLine } from "../src/one-line.js";
import { frameMessage, frameOf } from "../src/stream/frames.js";
import { openFrame } from "../src/stream/open-frame.js";
import { endCountOf, openingOf } from "../src/stream/opening.js";
import { decodeText, encodeText } from "../src/text.js";
import { valuesCodec } from "../src/values-codec.js";
import { methodOf, statusOf } from "../src/wire.js";

/** What the decoder says of bytes that are not its own: an RpcError, and nothing else. */
function documented(read: () => void, kind: abstract new (...args: never[]) => Error = RpcError): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof kind)) throw error;
  }
}

/** What was decoded once is encoded and decoded to the same. */
function roundTrip(codec: Codec, bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = codec.decode(bytes);
  } catch (error) {
    if (error instanceof RpcError) return;
    throw error;
  }
  const text = decodeText(codec.encode(value));
  if (decodeText(codec.encode(codec.decode(encodeText(text)))) !== text)
    throw new Error(`not the same again: ${text}`);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Headers out of bytes: lines of `name=value`, of which those that are JSON are the value. */
function messageOf(bytes: Uint8Array): Message {
  const lines = textOf(bytes).split("\n");
  const headers = new Map(
    lines.map((line) => {
      const [name = "", ...rest] = line.split("=");
      return [name, headerOf(rest.join("="))] as const;
    }),
  );
  return {
    body: bytes.subarray(0, 20),
    contentType: lines[0],
    correlationId: lines[1],
    replyTo: lines[2],
    ttlMs: undefined,
    headers,
    durable: false,
  };
}

function headerOf(text: string): string | number | null {
  try {
    const value: unknown = JSON.parse(text);
    return value as string | number | null;
  } catch {
    return text;
  }
}

const URLS: UrlForm = {
  plain: { scheme: "amqp:", port: 5672 },
  secure: { scheme: "amqps:", port: 5671 },
  parametersAre: "options",
};

const codecs = new Codecs([valuesCodec]);
const HEX32 = "0123456789abcdef0123456789abcdef";

/** The decoders of this package that strangers' bytes come to. */
export const targets: readonly FuzzTarget[] = [
  {
    name: "protocol-json",
    seeds: ['{"a":[1,-2.5e3,"x\\u0041",true,false,null],"b":{}}', "[[[[1]]]]", '"\\ud83d\\ude00"'].map(
      encodeText,
    ),
    run: (bytes) => roundTrip(jsonCodec, bytes),
  },
  {
    name: "protocol-values",
    seeds: [
      '{"$map":[[{"$date":0},{"$set":[1,{"$bigint":"-12"}]}]]}',
      '[{"$bytes":"AP8="},{"$undefined":true},{"$number":"NaN"},{"$$x":1}]',
    ].map(encodeText),
    run: (bytes) => roundTrip(valuesCodec, bytes),
  },
  {
    name: "protocol-text",
    seeds: ["Ærø 東京 🧮", "\ufeffx"].map(encodeText),
    run: (bytes) => {
      documented(() => void decodeText(bytes));
      const line = inOneLine(textOf(bytes), 50);
      if (/[\p{Cc}\u2028\u2029\u202a-\u202e]/u.test(line) || line.length > 51)
        throw new Error("not one short line");
    },
  },
  {
    name: "protocol-wire",
    seeds: [
      "X-Method=add\nstatusCode=200\nx",
      'X-Method=7\nstatusCode="200"\n__proto__=1',
      "statusCode=-1.5",
    ].map(encodeText),
    run: (bytes) => {
      const message = messageOf(bytes);
      documented(() => {
        const method = methodOf(message);
        if (typeof method !== "string" || method === "" || method.length > 200) throw new Error("no method");
      });
      documented(() => {
        const status = statusOf(message);
        if (!Number.isInteger(status) || status < 0) throw new Error("no status");
      });
      codecs.find(message.contentType);
    },
  },
  {
    name: "protocol-frames",
    seeds: [
      "porthos-frame=items\nporthos-seq=0\nporthos-count=2",
      "porthos-frame=item\nporthos-seq=9",
      "porthos-frame=credit\nporthos-credit=100",
      "porthos-frame=alive\nporthos-seq=1\nporthos-credit=2",
      "porthos-frame=end\nporthos-seq=3",
      "porthos-stream=1\nporthos-alive=1000\nporthos-timeout=5",
    ].map(encodeText),
    run: (bytes) => {
      const message = messageOf(bytes);
      const frame = frameOf(message);
      documented(() => void openingOf(message));
      endCountOf(message.headers);
      if (frame === undefined || frame.kind === "invalid") return;
      const again = frameMessage(frame, { correlationId: undefined, replyTo: undefined, ttlMs: undefined });
      if (frameOf(again)?.kind !== frame.kind) throw new Error("not the same frame again");
    },
  },
  {
    name: "protocol-items",
    seeds: ["[1,2,3]", '["a",{"b":[]}]', "{}"].map(encodeText),
    run: (bytes) => {
      for (const kind of ["items", "item"] as const) {
        documented(
          () =>
            void openFrame({ kind, seq: 0, count: 3, body: bytes, contentType: "application/json" }, codecs),
        );
      }
    },
  },
  {
    name: "protocol-call-id",
    seeds: [
      `${HEX32}.1.m0abcdef.0123456789a`,
      `${HEX32}.zzzzzzzzzz.zzzzzzzzzz.zzzzzzzzzzz`,
      "7a3f6f2e-9a4b-4a53-8a8f-2f1f3e5d7c9b",
    ].map(encodeText),
    run: (bytes) => {
      const id = readCallId(textOf(bytes));
      if (
        id !== undefined &&
        !(id.number >= 1 && id.deadlineEpochMs >= 1 && id.tag >= 0 && id.caller.length === 32)
      )
        throw new Error("no id");
    },
  },
  {
    name: "protocol-url",
    seeds: ["amqp://user:s3cret@host:5672/vhost", "amqps://[::1]:5671/%2f", "amqp://a:b@c/d?e#f"].map(
      encodeText,
    ),
    run: (bytes) => documented(() => void readEndpoints("fuzz", textOf(bytes), URLS), TypeError),
  },
  {
    name: "protocol-empty",
    seeds: [NO_BODY],
    run: (bytes) => {
      for (const type of [
        "application/json",
        "application/octet-stream",
        "x/y+json",
        valuesCodec.contentType,
      ]) {
        documented(() => void codecs.find(type)?.decode(bytes));
      }
    },
  },
];
