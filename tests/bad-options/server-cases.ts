import { bodySpecFromArray, bodySpecFromSchema, createServer } from "@porthos-rpc/server";
import { mockRequest } from "@porthos-rpc/server/testing";
import { memory } from "@porthos-rpc/transport-memory";
import { type Case, wrongly } from "./case.js";

const transport = memory();
const service = "Service";
const server = createServer({ transport, service });
server.register("taken", () => 1);

export const serverCases: Case[] = [
  ["no options", () => createServer(wrongly(undefined)), /createServer: expected an object of options/],
  [
    "codecs that only a contract's methods would use",
    () => createServer(wrongly({ transport, service: "Service", codecs: [] })),
    /createServer: option "codecs" must be given with a contract/,
  ],
  [
    "an unknown event",
    () => server.on(wrongly("handlererror"), () => {}),
    /on: unknown event "handlererror"; the events are .*handlerError/,
  ],
  [
    "no transport",
    () => createServer(wrongly({ service })),
    /createServer: option "transport" must be a transport/,
  ],
  [
    "an empty service",
    () => createServer({ transport, service: "" }),
    /createServer: option "service" .*not empty/,
  ],
  [
    "JSON of no depth",
    () => createServer({ transport, service, maxJsonDepth: 0 }),
    /createServer: option "maxJsonDepth" must be a whole number from 1 to 1000, got 0/,
  ],
  [
    "JSON of half a key",
    () => createServer({ transport, service, maxJsonKeys: 0.5 }),
    /"maxJsonKeys" must be a whole number .*got 0\.5/,
  ],
  [
    "a caller who may run nothing",
    () => createServer({ transport, service, maxInFlightPerCaller: 0 }),
    /"maxInFlightPerCaller" must be a whole number from 1 to 65535, got 0/,
  ],
  [
    "handlers that have no time",
    () => createServer({ transport, service, maxHandlerTimeMs: 0 }),
    /"maxHandlerTimeMs" must be a time in milliseconds, more than 0 .*got 0/,
  ],
  [
    "streams that may hold nothing",
    () => createServer({ transport, service, maxStreamBytes: 0 }),
    /"maxStreamBytes" must be a whole number from 1 .*got 0/,
  ],
  [
    "a word for shed",
    () => createServer({ transport, service, shed: wrongly("yes") }),
    /"shed" must be true or false, got a text/,
  ],
  [
    "a maxInFlight of 0",
    () => createServer({ transport, service, maxInFlight: 0 }),
    /"maxInFlight" must be a whole number from 1 to 65535, got 0/,
  ],
  [
    "a maxInFlight beyond AMQP's",
    () => createServer({ transport, service, maxInFlight: 65_536 }),
    /"maxInFlight" .*got 65536/,
  ],
  [
    "an autoAck that is no boolean",
    () => createServer({ transport, service, autoAck: wrongly("yes") }),
    /"autoAck" must be true or false, got a text/,
  ],
  [
    "an unknown option",
    () => createServer(wrongly({ transport, service, prefetch: 5 })),
    /createServer: unknown option "prefetch"; the options are .*maxInFlight/,
  ],
  [
    "a handler registered twice",
    () => server.register("taken", () => 2),
    /register: method "taken" has a handler already/,
  ],
  [
    "a handler registered twice, with a spec",
    () => server.registerWithSpec("taken", () => 2, { description: "" }),
    /registerWithSpec: method "taken" has a handler already/,
  ],
  [
    "a handler that is no function",
    () => server.register("m", wrongly({})),
    /register: option "handler" must be a function, got an? object/,
  ],
  ["a method without a name", () => server.register("", () => 1), /register: option "method" .*1 to 200/],
  [
    "a spec that is none",
    () => server.registerWithSpec("m", () => 1, wrongly("spec")),
    /registerWithSpec: option "spec" must be an object, got a text/,
  ],
  [
    "an extension that is none",
    () => server.addExtension(wrongly({ name: "" })),
    /an extension must have a name/,
  ],
  [
    "a negative shutdown",
    () => server.shutdown({ timeoutMs: -1 }),
    /shutdown: option "timeoutMs" must be a time in milliseconds.* got -1/,
  ],
  [
    "a schema without content",
    () => bodySpecFromSchema({ type: "string" }),
    /bodySpecFromSchema: the schema must describe an object .* or an array/,
  ],
  [
    "a schema that is none",
    () => bodySpecFromArray(wrongly("string")),
    /bodySpecFromArray: expected a JSON Schema .*got/,
  ],
  [
    "a mock's deadline that is no Date",
    () => mockRequest(wrongly({ deadline: 5_000 })),
    /mockRequest: option "deadline" must be a Date, got 5000/,
  ],
  [
    "a mock of an unknown field",
    () => mockRequest(wrongly({ header: {} })),
    /mockRequest: unknown option "header"; the options are .*headers/,
  ],
];
