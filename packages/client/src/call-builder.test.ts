import {
  Codecs,
  DeadlineWheel,
  jsonCodec,
  NO_BODY,
  type RequestEnvelope,
  systemClock,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { CallBuilder, type CallTarget } from "./call-builder.js";
import type { CallOptions } from "./call-options.js";

function building(method = "m") {
  const made: { kind: string; request: RequestEnvelope; options: CallOptions }[] = [];
  const take = (kind: string) => (request: RequestEnvelope, options: CallOptions) => {
    made.push({ kind, request, options });
    return Promise.resolve(undefined as never);
  };
  const target: CallTarget = {
    service: "S",
    codecs: new Codecs(),
    clock: systemClock,
    wheel: new DeadlineWheel(systemClock),
    timeoutMs: 1_000,
    maxBodyBytes: 1_000,
    stream: () => Promise.reject(new Error("no stream is made here")),
    checked: (work) => work,
    sync: take("sync"),
    async: take("async"),
    void: take("void"),
  };
  const last = () => {
    const call = made.at(-1);
    if (call === undefined) throw new Error("no call was made");
    return call;
  };
  return { builder: new CallBuilder(target, method), made, last };
}

describe("CallBuilder", () => {
  it("calls with the client's timeout and an empty body of no type if nothing is set", async () => {
    const { builder, made } = building();
    await builder.sync();
    await builder.async();
    await builder.void();
    const request = { method: "m", contentType: undefined, body: NO_BODY, headers: undefined };
    expect(made).toEqual(["sync", "async", "void"].map((kind) => ({ kind, request, options: {} })));
  });

  it.each<[string, (builder: CallBuilder) => CallBuilder, unknown]>([
    ["withMap of an object", (builder) => builder.withMap({ value: 20 }), { value: 20 }],
    ["withMap of a Map", (builder) => builder.withMap(new Map([["value", 20]])), { value: 20 }],
    ["withMap of nothing", (builder) => builder.withMap({}), {}],
    ["withStruct of an object", (builder) => builder.withStruct({ value: [1, null] }), { value: [1, null] }],
    ["withStruct of a number", (builder) => builder.withStruct(7), 7],
    ["withStruct of null", (builder) => builder.withStruct(null), null],
    [
      "withStruct of what has toJSON",
      (builder) => builder.withStruct(new Date(0)),
      "1970-01-01T00:00:00.000Z",
    ],
    ["withArgs", (builder) => builder.withArgs(1, "two", { three: 3 }), [1, "two", { three: 3 }]],
    ["withArgs of none", (builder) => builder.withArgs(), []],
    ["withArgs of an array", (builder) => builder.withArgs([1, 2]), [[1, 2]]],
  ])("sends JSON with %s", async (_, set, value) => {
    const { builder, last } = building();
    await set(builder).sync();
    expect(last().request.contentType).toBe("application/json");
    expect(jsonCodec.decode(last().request.body)).toEqual(value);
  });

  it("takes no __proto__, which no other end would take either", () => {
    const { builder } = building();
    expect(() => builder.withMap(new Map([["__proto__", { admin: true }]]))).toThrow(
      expect.objectContaining({ code: "BadRequest", executed: "no" }),
    );
  });

  it("sends bytes as they are, as application/octet-stream or as the type given", async () => {
    const { builder, last } = building();
    const bytes = Uint8Array.of(0, 255);
    await builder.withBody(bytes).sync();
    expect(last().request).toMatchObject({ contentType: "application/octet-stream", body: bytes });
    await builder.withBodyContentType(bytes, "image/png").sync();
    expect(last().request.contentType).toBe("image/png");
    expect(last().request.body).toBe(bytes);
  });

  it("sends the last body that was set", async () => {
    const { builder, last } = building();
    await builder.withBody(Uint8Array.of(1)).withArgs(1).sync();
    expect(last().request).toMatchObject({ contentType: "application/json" });
  });

  it("calls with the timeout that was set, again and again", async () => {
    const { builder, made } = building();
    builder.withTimeout(500).withArgs(1);
    await builder.sync();
    await builder.void();
    expect(made.map(({ options }) => options.timeoutMs)).toEqual([500, 500]);
    expect(made[0]?.request).not.toBe(made[1]?.request);
    expect(made[0]?.request).toEqual(made[1]?.request);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2_147_483_648, "500", undefined])(
    "refuses the timeout %s at once",
    (timeoutMs: unknown) => {
      expect(() => building().builder.withTimeout(timeoutMs as number)).toThrow(TypeError);
      expect(() => building().builder.withTimeout(timeoutMs as number)).toThrow(
        /^withTimeout: option "timeoutMs" must be/,
      );
    },
  );

  it("takes its idempotence back, and refuses what is neither true nor false", async () => {
    const { builder, last } = building();
    await builder.withIdempotence().sync();
    expect(last().options).toMatchObject({ idempotent: true });
    await builder.withIdempotence(false).sync();
    expect(last().options).toMatchObject({ idempotent: false });
    expect(() => builder.withIdempotence("no" as never)).toThrow(
      /^withIdempotence: option "idempotent" must be true or false/,
    );
  });

  it("refuses a wrong deadline, signal, interval or listener at once, by name", () => {
    const { builder } = building();
    expect(() => builder.withDeadline(1 as never)).toThrow(/^withDeadline: option "deadline" must be/);
    expect(() => builder.withSignal({} as never)).toThrow(/^withSignal: option "signal" must be/);
    expect(() => builder.withLiveness(249)).toThrow(/^withLiveness: option "aliveEveryMs" must be/);
    expect(() => builder.withLiveness(250, 7 as never)).toThrow(/^withLiveness: option "onAlive" must be/);
    expect(() => builder.withLiveness(250).stream({ window: 0 })).toThrow(/^stream: option "window" must be/);
    expect(() => builder.stream({ timeout: 1 } as never)).toThrow(/^stream: unknown option "timeout"/);
  });

  it.each([
    ["an array", [1]],
    ["a text", "s3cret"],
    ["null", null],
    ["undefined", undefined],
  ])("refuses %s for a map at once", (kind, map: unknown) => {
    expect(() => building().builder.withMap(map as never)).toThrow(
      new TypeError(`withMap: option "map" must be an object or a Map, got ${kind}`),
    );
  });

  it.each([["text"], [[1, 2]], [new ArrayBuffer(2)], [null]])(
    "refuses %j for bytes at once",
    (body: unknown) => {
      expect(() => building().builder.withBody(body as never)).toThrow(/option "body" must be a Uint8Array/);
      expect(() => building().builder.withBodyContentType(body as never, "image/png")).toThrow(TypeError);
    },
  );

  it.each(["", "x".repeat(256), undefined])("refuses %j for a content type at once", (contentType) => {
    const { builder } = building();
    expect(() => builder.withBodyContentType(NO_BODY, contentType as string)).toThrow(
      /option "contentType" must be/,
    );
  });

  it.each<[string, (builder: CallBuilder) => void]>([
    ["a BigInt in a map", (builder) => builder.withMap({ value: 1n })],
    ["a struct that is undefined", (builder) => builder.withStruct(undefined)],
    ["a BigInt among the args", (builder) => builder.withArgs(1n)],
    [
      "a circle",
      (builder) => {
        const circle: { self?: unknown } = {};
        circle.self = circle;
        builder.withStruct(circle);
      },
    ],
  ])("throws BadRequest, not executed, at once for %s", (_, set) => {
    expect(() => set(building().builder)).toThrow(
      expect.objectContaining({ code: "BadRequest", executed: "no" }),
    );
  });

  it.each(["", "m".repeat(201), null, 7])("refuses the method name %j", (method) => {
    expect(() => building(method as string)).toThrow(TypeError);
  });

  it.each(["m", "m".repeat(200), "__proto__", "constructor", "über"])(
    "takes the method name %j",
    (method) => {
      expect(() => building(method)).not.toThrow();
    },
  );
});
