import {
  type ClientCall,
  type ClientEvents,
  Events,
  type Extension,
  ExtensionSet,
  encodeText,
  NO_BODY,
  type RequestEnvelope,
  type ResponseEnvelope,
  RpcError,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { extensionHost, serverCall } from "@porthos-rpc/protocol/testing";
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
  readonly lines: [Readonly<Record<string, unknown>>, string, string?][] = [];
  info(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push([fields, message]);
  }
  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    this.lines.push([fields, message, "warn"]);
  }
}

const HOST = extensionHost({ service: "CalculatorService" });

function requestOf(request: Partial<RequestEnvelope>): RequestEnvelope {
  const body = encodeText('{"value":20}');
  return { method: "addOne", contentType: "application/json", body, headers: undefined, ...request };
}

function responseOf(response: Partial<ResponseEnvelope>): ResponseEnvelope {
  return { statusCode: 200, contentType: undefined, body: NO_BODY, headers: undefined, ...response };
}

/** The events of a server on which this extension is installed. */
async function installed(extension: Extension) {
  const events = new Events<ServerEvents>();
  const errors: ServerEvents["extensionError"][] = [];
  events.on("extensionError", (error) => errors.push(error));
  const set = new ExtensionSet("createServer", "server", events);
  set.add(extension);
  await set.start([memory()], { ...HOST, side: "server" });
  const run = (
    request: Partial<RequestEnvelope> = {},
    response: Partial<ResponseEnvelope> = {},
    elapsedMs = 1.5,
  ): void => {
    const call = serverCall({
      service: "CalculatorService",
      method: "addOne",
      request: requestOf(request),
    });
    events.emit("incoming", { call });
    events.emit("outgoing", { call, response: responseOf(response), elapsedMs });
  };
  return { run, errors, events };
}

/** The events of a client on which this extension is installed. */
async function installedOnClient(extension: Extension) {
  const events = new Events<ClientEvents>();
  const errors: ClientEvents["extensionError"][] = [];
  events.on("extensionError", (error) => errors.push(error));
  const set = new ExtensionSet("createClient", "client", events);
  set.add(extension);
  await set.start([memory()], { ...HOST, side: "client" });
  const run = (
    end: Pick<ClientEvents["settled"], "response" | "error">,
    { elapsedMs = 1.5, ...request }: Partial<RequestEnvelope> & { readonly elapsedMs?: number } = {},
  ): void => {
    const call = {
      service: "CalculatorService",
      method: "addOne",
      kind: "call",
      request: requestOf(request),
      timeoutMs: 1_000,
      idempotent: false,
      signal: undefined,
    } satisfies ClientCall;
    events.emit("sent", { call });
    events.emit("settled", { call, elapsedMs, ...end });
  };
  return { run, errors };
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
    run({}, { statusCode: 504 }, 1_234.567_89);
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
    const response = responseOf({ statusCode: 404 });
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

  it("takes a function for a logger", async () => {
    const lines: unknown[] = [];
    const { run } = await installed(
      accessLog({ args: false, slowMs: 5, logger: (...line) => lines.push(line) }),
    );
    run();
    run({}, {}, 5);
    const call = { service: "CalculatorService", method: "addOne" };
    expect(lines).toEqual([
      [call, "request", "info"],
      [{ ...call, statusCode: 200, elapsedMs: 1.5 }, "response", "info"],
      [call, "request", "info"],
      [{ ...call, statusCode: 200, elapsedMs: 5 }, "response", "warn"],
    ]);
  });

  it("writes of a call that is slow at warn, with its time, whatever its end; of the others as ever", async () => {
    const logger = new Lines();
    const { run } = await installed(accessLog({ logger, slowMs: 100 }));
    for (const elapsedMs of [99.9, 100, 2_000]) run({}, { statusCode: 504 }, elapsedMs);
    const responses = logger.lines.filter(([, message]) => message === "response");
    expect(responses.map(([{ elapsedMs }, , level]) => [elapsedMs, level])).toEqual([
      [99.9, undefined],
      [100, "warn"],
      [2_000, "warn"],
    ]);
  });

  it("writes headers only if it is told so, and never those that are secrets", async () => {
    const headers = new Map([
      ["tenant", "a"],
      ["Authorization", "Bearer t"],
      ["X-Token", "t"],
    ]);
    expect((await logged({}, { headers }))[0]?.[0]).not.toHaveProperty("headers");
    const [line] = await logged({ headers: true, redact: ["headers.x-token"] }, { headers });
    expect(line?.[0]).toMatchObject({
      headers: { tenant: "a", Authorization: "[redacted]", "X-Token": "[redacted]" },
    });
    expect((await logged({ headers: true }))[0]?.[0]).not.toHaveProperty("headers");
  });

  it("writes no answer's body, unless it is told up to how many bytes", async () => {
    const answer = { contentType: "application/json", body: encodeText('{"sum":21,"pin":1}') };
    const bodies = async (options: Omit<AccessLogOptions, "logger">): Promise<unknown[]> => {
      const logger = new Lines();
      const { run } = await installed(accessLog({ ...options, logger }));
      run({}, answer);
      run({}, { contentType: "image/png", body: new Uint8Array(3) });
      return logger.lines.filter(([, message]) => message === "response").map(([{ body }]) => body);
    };
    expect(await bodies({})).toEqual([undefined, undefined]);
    expect(await bodies({ bodyBytes: 18, redact: ["body.pin"] })).toEqual([
      { sum: 21, pin: "[redacted]" },
      "<3 bytes of image/png>",
    ]);
    expect(await bodies({ bodyBytes: 17 })).toEqual([
      "<18 bytes of application/json>",
      "<3 bytes of image/png>",
    ]);
  });

  it("writes no argument that is to be redacted, in neither line", async () => {
    const body = encodeText('{"user":"ada","password":"hunter2"}');
    const lines = await logged({ redact: ["args.password"] }, { body });
    expect(lines.map(([{ args }]) => args)).toEqual([
      { user: "ada", password: "[redacted]" },
      { user: "ada", password: "[redacted]" },
    ]);
  });

  it("writes on a client what is sent, and what comes of it", async () => {
    const logger = new Lines();
    const { run } = await installedOnClient(accessLog({ logger, slowMs: 100 }));
    run({ response: responseOf({ statusCode: 404 }), error: undefined });
    const error = new RpcError("Timeout", "too late", { executed: "maybe" });
    run({ response: undefined, error }, { elapsedMs: 100 });
    const call = { service: "CalculatorService", method: "addOne", args: { value: 20 } };
    expect(logger.lines).toEqual([
      [call, "call"],
      [{ ...call, statusCode: 404, elapsedMs: 1.5 }, "answer"],
      [call, "call"],
      [{ ...call, code: "Timeout", executed: "maybe", elapsedMs: 100 }, "failure", "warn"],
    ]);
  });

  it("harms no call of a client when its logger throws: it is reported", async () => {
    const failure = new Error("disk full");
    const logger = (): void => {
      throw failure;
    };
    const { run, errors } = await installedOnClient(accessLog({ logger }));
    run({ response: responseOf({}), error: undefined });
    expect(errors).toEqual([
      { extension: "access-log", during: "sent", error: failure },
      { extension: "access-log", during: "settled", error: failure },
    ]);
  });

  it("says its name and what it is set to, on both sides", () => {
    const extension = accessLog({ logger: new Lines(), args: false, slowMs: 5, redact: ["args"] });
    expect(extension).toMatchObject({ name: "access-log", apiVersion: 1 });
    const settings = { args: false, slowMs: 5, headers: false, bodyBytes: 0, redact: ["args"] };
    expect(extension.server?.describe?.()).toEqual(settings);
    expect(extension.client?.describe?.()).toEqual(settings);
  });

  it.each([
    [
      { loger: console },
      'accessLog: unknown option "loger"; the options are logger, args, slowMs, headers, bodyBytes, redact',
    ],
    [
      { logger: {} },
      'accessLog: option "logger" must be a function, or an object with info(fields, message), got an object',
    ],
    [
      { logger: null },
      'accessLog: option "logger" must be a function, or an object with info(fields, message), got null',
    ],
    [
      { logger: { info: () => {} }, slowMs: 5 },
      'accessLog: option "logger" must be an object with warn(fields, message) too, since slowMs is set, got an object',
    ],
    [{ args: "no" }, 'accessLog: option "args" must be true or false, got a text'],
    [{ headers: ["a"] }, 'accessLog: option "headers" must be true or false, got an array'],
    [
      { slowMs: 0 },
      'accessLog: option "slowMs" must be a time in milliseconds, more than 0 and at most 2147483647, got 0',
    ],
    [{ bodyBytes: 1e6 }, 'accessLog: option "bodyBytes" must be a whole number from 0 to 65536, got 1000000'],
    [null, "accessLog: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    expect(() => accessLog(options as AccessLogOptions)).toThrow(new TypeError(message));
  });
});
