import { createClient } from "@porthos-rpc/client";
import { accessLog } from "@porthos-rpc/extension-access-log";
import { jsonCodec } from "@porthos-rpc/protocol";
import { memory } from "@porthos-rpc/transport-memory";
import { type Case, wrongly } from "./case.js";

const transport = memory();
const service = "Service";
const client = createClient({ transport, service });
const call = () => client.call("method");
const log = accessLog();

export const clientCases: Case[] = [
  [
    "no options",
    () => createClient(wrongly(undefined)),
    /createClient: expected an object of options, got undefined/,
  ],
  [
    "an unknown event",
    () => client.on(wrongly("settle"), () => {}),
    /on: unknown event "settle"; the events are sent, settled/,
  ],
  [
    "no transport",
    () => createClient(wrongly({ service })),
    /createClient: option "transport" must be a transport/,
  ],
  [
    "a URL for a transport",
    () => createClient(wrongly({ transport: "amqp://h", service })),
    /"transport" must be .*got a text/,
  ],
  [
    "an empty service",
    () => createClient({ transport, service: "" }),
    /createClient: option "service" must be .* not empty/,
  ],
  [
    "a service that is no text",
    () => createClient({ transport, service: wrongly(7) }),
    /"service" must be .*got 7/,
  ],
  [
    "a service of 256 bytes",
    () => createClient({ transport, service: "s".repeat(256) }),
    /"service" .*at most 255 bytes, got 256/,
  ],
  [
    "a codec that only a contract's methods would use",
    () => createClient(wrongly({ transport, service, codec: jsonCodec })),
    /createClient: option "codec" must be given with a contract/,
  ],
  [
    "a negative timeout",
    () => createClient({ transport, service, timeoutMs: -1 }),
    /"timeoutMs" must be .*more than 0.*got -1/,
  ],
  ["a timeout of 0", () => createClient({ transport, service, timeoutMs: 0 }), /"timeoutMs" must be .*got 0/],
  [
    "a timeout that is no number",
    () => createClient({ transport, service, timeoutMs: Number.NaN }),
    /"timeoutMs" .*got NaN/,
  ],
  [
    "a timeout in words",
    () => createClient({ transport, service, timeoutMs: wrongly("5s") }),
    /"timeoutMs" .*got a text/,
  ],
  [
    "an endless timeout",
    () => createClient({ transport, service, timeoutMs: Number.POSITIVE_INFINITY }),
    /"timeoutMs" .*got Infinity/,
  ],
  [
    "half a pending call",
    () => createClient({ transport, service, maxPending: 0.5 }),
    /"maxPending" must be a whole number from 1 .*got 0\.5/,
  ],
  [
    "a body limit over 16 MiB",
    () => createClient({ transport, service, maxBodyBytes: 2 ** 25 }),
    /"maxBodyBytes" .*to 16777216, got 33554432/,
  ],
  [
    "JSON of no depth",
    () => createClient({ transport, service, maxJsonDepth: 0 }),
    /"maxJsonDepth" must be a whole number from 1 to 1000, got 0/,
  ],
  [
    "JSON of a key too much",
    () => createClient({ transport, service, maxJsonKeys: 10_000_001 }),
    /"maxJsonKeys" must be a whole number from 1 to 10000000/,
  ],
  [
    "an unknown whenDown",
    () => createClient({ transport, service, whenDown: wrongly("panic") }),
    /"whenDown" must be one of wait, fail/,
  ],
  [
    "an unknown option",
    () => createClient(wrongly({ transport, service, timeout: 1 })),
    /createClient: unknown option "timeout"; the options are .*timeoutMs/,
  ],
  [
    "extensions that are no array",
    () => createClient({ transport, service, extensions: wrongly(log) }),
    /"extensions" must be an array/,
  ],
  [
    "an extension that is none",
    () => createClient({ transport, service, extensions: wrongly([null]) }),
    /createClient: expected an extension, got null/,
  ],
  [
    "an extension twice",
    () => createClient({ transport, service, extensions: [log, accessLog()] }),
    /createClient: extension "access-log" was added twice/,
  ],
  [
    "an extension of another version",
    () => createClient({ transport, service, extensions: wrongly([{ name: "x", apiVersion: 2 }]) }),
    /extension "x" is written for version 2/,
  ],
  [
    "an extension in an unknown phase",
    () =>
      createClient({
        transport,
        service,
        extensions: wrongly([
          { name: "x", apiVersion: 1, client: { wrap: { phase: "tea", run: () => {} } } },
        ]),
      }),
    /extension "x" wraps in the unknown client phase "tea"; the phases are trace/,
  ],
  [
    "an extension with an unknown part",
    () =>
      createClient({ transport, service, extensions: wrongly([{ name: "x", apiVersion: 1, clients: {} }]) }),
    /extension "x" has an unknown part "clients"/,
  ],
];

export const callCases: Case[] = [
  [
    "no method",
    () => client.call(wrongly(undefined)),
    /call: option "method" must be a text .*got undefined/,
  ],
  ["an empty method", () => client.call(""), /call: option "method" .*1 to 200/],
  ["a method of 201 characters", () => client.call("m".repeat(201)), /"method" .*1 to 200 characters/],
  [
    "headers that are a list",
    () => call().withHeaders(wrongly(["a"])),
    /withHeaders: option "headers" must be/,
  ],
  ["a header without a name", () => call().withHeaders({ "": "a" }), /"headers" must be names of 1 to 128/],
  [
    "a header of the wire's own",
    () => call().withHeaders({ "Porthos-Seq": 1 }),
    /"Porthos-Seq" is a header of the wire/,
  ],
  [
    "a header that is no value",
    () => call().withHeaders({ a: wrongly(() => {}) }),
    /headers\["a"\]" must be/,
  ],
  ["a negative timeout", () => call().withTimeout(-5), /withTimeout: option "timeoutMs" must be .*got -5/],
  [
    "a map that is an array",
    () => call().withMap(wrongly([1])),
    /withMap: option "map" must be an object or a Map, got an array/,
  ],
  ["a map that is null", () => call().withMap(wrongly(null)), /"map" must be .*got null/],
  [
    "a body that is a text",
    () => call().withBody(wrongly("text")),
    /withBody: option "body" must be a Uint8Array, got a text/,
  ],
  [
    "an empty content type",
    () => call().withBodyContentType(new Uint8Array(), ""),
    /withBodyContentType: option "contentType"/,
  ],
];
