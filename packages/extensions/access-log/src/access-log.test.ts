import {
  ACCEPTED,
  Events,
  type Extension,
  type ExtensionHost,
  ExtensionSet,
  encodeText,
  NO_BODY,
  type RequestEnvelope,
  type ServerCall,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { memory } from "@porthos-rpc/transport-memory";
import { describe, expect, it, vi } from "vitest";
import { type AccessLogOptions, accessLog } from "./index.js";

const printed = vi.hoisted((): string[] => []);

// The real pino, writing where the test can read.
vi.mock("pino", async (importOriginal) => {
  const { pino } = await importOriginal<typeof import("pino")>();
  return { pino: () => pino({}, { write: (line: string) => void printed.push(line) }) };
});

/** A logger that keeps its lines, and is a class, as loggers are. */
class Lines {
  readonly lines: [Readonly<Record<string, unknown>>, string][] = [];
  info(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push([fields, message]);
  }
}

/** The events of a server on which this extension is installed. */
async function installed(extension: Extension) {
  const events = new Events<ServerEvents>();
  const errors: ServerEvents["extensionError"][] = [];
  events.on("extensionError", (error) => errors.push(error));
  const set = new ExtensionSet("createServer", "server", events);
  set.add(extension);
  const host: ExtensionHost = {
    service: "CalculatorService",
    side: "server",
    clock: new ManualClock(),
    methods: new Map(),
    send: async () => ACCEPTED,
  };
  await set.start([memory()], host);
  const run = (request: Partial<RequestEnvelope> = {}, statusCode = 200, elapsedMs = 1.5): void => {
    const call = {
      service: "CalculatorService",
      method: "addOne",
      kind: "call",
      request: {
        method: "addOne",
        contentType: "application/json",
        body: encodeText('{"value":20}'),
        headers: undefined,
        ...request,
      },
      redelivered: false,
      deadlineMs: undefined,
      signal: new AbortController().signal,
    } satisfies ServerCall;
    const response = { statusCode, contentType: undefined, body: NO_BODY, headers: undefined };
    events.emit("incoming", { call });
    events.emit("outgoing", { call, response, elapsedMs });
  };
  return { run, errors, events };
}

async function logged(options: Omit<AccessLogOptions, "logger">, request?: Partial<RequestEnvelope>) {
  const logger = new Lines();
  const { run } = await installed(accessLog({ ...options, logger }));
  run(request);
  return logger.lines;
}

describe("accessLog", () => {
  it("writes a line before a request, with method and args, and one after, with status and time as well", async () => {
    const call = { service: "CalculatorService", method: "addOne", args: { value: 20 } };
    expect(await logged({})).toEqual([
      [call, "request"],
      [{ ...call, statusCode: 200, elapsedMs: 1.5 }, "response"],
    ]);
  });

  it("writes the status of whatever the answer is, and the time to the microsecond", async () => {
    const logger = new Lines();
    const { run } = await installed(accessLog({ logger }));
    run({}, 504, 1_234.567_89);
    expect(logger.lines[1]?.[0]).toMatchObject({ statusCode: 504, elapsedMs: 1_234.568 });
  });

  it("leaves the args out if it is told so", async () => {
    const call = { service: "CalculatorService", method: "addOne" };
    expect(await logged({ args: false })).toEqual([
      [call, "request"],
      [{ ...call, statusCode: 200, elapsedMs: 1.5 }, "response"],
    ]);
  });

  it.each<[string, Partial<RequestEnvelope>, unknown]>([
    ["a list of arguments", { body: encodeText("[1,2]") }, [1, 2]],
    ["another JSON type", { contentType: "application/vnd.api+json; v=1", body: encodeText("[1]") }, [1]],
    ["no body", { contentType: undefined, body: NO_BODY }, undefined],
    ["bytes", { contentType: "image/png", body: new Uint8Array(3) }, "<3 bytes of image/png>"],
    ["bytes of no type", { contentType: undefined, body: new Uint8Array(3) }, "<3 bytes of unknown type>"],
    ["what is not JSON", { body: encodeText("{") }, "<1 bytes of application/json>"],
    ["what is not UTF-8", { body: Uint8Array.of(0x22, 0xff) }, "<2 bytes of application/json>"],
    ["the longest that it shows", { body: encodeText(`"${"x".repeat(1_022)}"`) }, "x".repeat(1_022)],
    ["what is longer", { body: encodeText(`"${"x".repeat(1_023)}"`) }, "<1025 bytes of application/json>"],
  ])("writes what fits in a line: %s", async (_, request, args) => {
    for (const [fields] of await logged({}, request)) expect(fields["args"]).toEqual(args);
  });

  it("writes a line for what no handler sees, with status and reason", async () => {
    const logger = new Lines();
    const { events } = await installed(accessLog({ logger }));
    const response = { statusCode: 404, contentType: undefined, body: NO_BODY, headers: undefined };
    events.emit("refused", {
      service: "CalculatorService",
      method: "divide",
      response,
      reason: "unknown method",
    });
    expect(logger.lines).toEqual([
      [
        { service: "CalculatorService", method: "divide", statusCode: 404, reason: "unknown method" },
        "refused",
      ],
    ]);
  });

  it("keeps the requests apart", async () => {
    const logger = new Lines();
    const { run } = await installed(accessLog({ logger }));
    for (const value of [1, 2]) run({ body: encodeText(`[${value}]`) });
    expect(logger.lines.map(([fields]) => fields["args"])).toEqual([[1], [1], [2], [2]]);
  });

  it("harms nothing when its logger throws: it is reported", async () => {
    const failure = new Error("disk full");
    const logger = {
      info: () => {
        throw failure;
      },
    };
    const { run, errors } = await installed(accessLog({ logger }));
    run();
    expect(errors).toEqual([
      { extension: "access-log", during: "incoming", error: failure },
      { extension: "access-log", during: "outgoing", error: failure },
    ]);
  });

  it("writes with pino if it is given no logger: one line of JSON each, whatever strangers send", async () => {
    const { run } = await installed(accessLog());
    run({ contentType: 'evil\n{"level":60}', body: new Uint8Array(1) });
    const lines = printed.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(printed.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
    expect(lines.map(({ msg, level }) => [msg, level])).toEqual([
      ["request", 30],
      ["response", 30],
    ]);
    expect(lines[1]).toMatchObject({
      service: "CalculatorService",
      method: "addOne",
      statusCode: 200,
      elapsedMs: 1.5,
    });
  });

  it("says its name and what it is set to", () => {
    const extension = accessLog({ logger: new Lines(), args: false });
    expect(extension).toMatchObject({ name: "access-log", apiVersion: 1 });
    expect(extension.server?.describe?.()).toEqual({ args: false });
    expect(extension.client).toBeUndefined();
  });

  it.each([
    [{ loger: console }, 'accessLog: unknown option "loger"; the options are logger, args'],
    [
      { logger: {} },
      'accessLog: option "logger" must be an object with info(fields, message), got an object',
    ],
    [{ logger: null }, 'accessLog: option "logger" must be an object with info(fields, message), got null'],
    [{ args: "no" }, 'accessLog: option "args" must be true or false, got a text'],
    [null, "accessLog: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    expect(() => accessLog(options as AccessLogOptions)).toThrow(new TypeError(message));
  });
});
