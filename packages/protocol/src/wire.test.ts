import { describe, expect, it } from "vitest";
import { RpcError } from "./errors.js";
import { type HeaderValue, type Message, NO_BODY, NO_HEADERS } from "./message.js";
import {
  checkMethod,
  encodeRequest,
  encodeResponse,
  methodHeaders,
  methodOf,
  type RequestEnvelope,
  type ResponseEnvelope,
  statusOf,
} from "./wire.js";

const body = Uint8Array.of(1, 2, 3);
const request: RequestEnvelope = {
  method: "addOne",
  contentType: "application/json",
  body,
  headers: undefined,
};
const response: ResponseEnvelope = {
  statusCode: 200,
  contentType: "application/json",
  body,
  headers: undefined,
};

function messageWith(name: string, value: HeaderValue | undefined): Message {
  const headers = value === undefined ? NO_HEADERS : new Map([[name, value]]);
  return { ...encodeRequest(request, headers, undefined), headers };
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof RpcError ? error.code : error;
  }
  return "nothing was thrown";
}

describe("a request on the wire", () => {
  const reply = { correlationId: "id.1", replyTo: "inbox", ttlMs: 500 };

  it("names its method in the string header X-Method, and has no header beside", () => {
    const message = encodeRequest(request, methodHeaders("addOne"), reply);
    expect([...message.headers]).toEqual([["X-Method", "addOne"]]);
    expect(methodOf(message)).toBe("addOne");
  });

  it("has content type, correlation id, reply address and expiration of the call", () => {
    expect(encodeRequest(request, methodHeaders("addOne"), reply)).toEqual({
      body,
      contentType: "application/json",
      correlationId: "id.1",
      replyTo: "inbox",
      ttlMs: 500,
      headers: new Map([["X-Method", "addOne"]]),
      durable: false,
    });
  });

  it.each([
    [500, 500],
    [0.2, 1],
    [0, 1],
    [-3, 1],
    [1.000_1, 2],
    [99.999_9, 100],
    [2_147_483_647, 2_147_483_647],
  ])(
    "has an expiration of whole milliseconds, 1 or more, never less than what is left: %d gives %d",
    (left, ttlMs) => {
      expect(encodeRequest(request, NO_HEADERS, { ...reply, ttlMs: left }).ttlMs).toBe(ttlMs);
    },
  );

  it("has neither reply address nor correlation id nor expiration when it is one-way, and outlives a restart", () => {
    expect(encodeRequest(request, methodHeaders("log"), undefined)).toMatchObject({
      correlationId: undefined,
      replyTo: undefined,
      ttlMs: undefined,
      durable: true,
    });
  });

  it("carries further headers, which cannot replace the method", () => {
    const more = new Map<string, HeaderValue>([
      ["X-Method", "drop"],
      ["porthos-trace", "t"],
    ]);
    const headers = methodHeaders("addOne", more);
    expect(headers.get("X-Method")).toBe("addOne");
    expect(headers.get("porthos-trace")).toBe("t");
    expect(more.get("X-Method")).toBe("drop");
  });

  it("has all fields, whichever are undefined, so that all messages have one shape", () => {
    const keys = Object.keys(encodeRequest(request, NO_HEADERS, reply));
    expect(Object.keys(encodeRequest(request, NO_HEADERS, undefined))).toEqual(keys);
    expect(Object.keys(encodeResponse(response, undefined))).toEqual(keys);
  });
});

describe("methodOf", () => {
  it.each(["a", "x".repeat(200), "__proto__", "constructor", "über", "a.b/c"])("reads %j", (method) => {
    expect(methodOf(messageWith("X-Method", method))).toBe(method);
  });

  it.each<[string, HeaderValue | undefined, string]>([
    ["no header", undefined, "it has none"],
    ["an empty text", "", "it has an empty text"],
    ["a number", 7, "it has a number"],
    ["a boolean", true, "it has a boolean"],
    ["null", null, "it has null"],
    ["a table", { name: "addOne" }, "it has an object"],
    ["an array", ["addOne"], "it has an array"],
    ["bytes", Uint8Array.of(97), "it has an object"],
    ["a date", new Date(0), "it has an object"],
    ["a text that is too long", "x".repeat(200 + 1), "longer than 200"],
    ["64 kB of text", "x".repeat(65_536), "longer than 200"],
  ])("refuses %s as BadRequest, not executed", (_, value, why) => {
    const message = messageWith("X-Method", value);
    expect(() => methodOf(message)).toThrow(why);
    expect(codeOf(() => methodOf(message))).toBe("BadRequest");
  });

  it("says what may have become of the headers when there are none, or those of another protocol", () => {
    for (const headers of [new Map(), new Map([["x-amqp-1.0-app-properties", "\u0000St"]])]) {
      const message = { ...messageWith("X-Method", "m"), headers };
      expect(() => methodOf(message)).toThrow(
        /it has none. If both ends reach a RabbitMQ 3 by different protocols/,
      );
      expect(() => statusOf(message)).toThrow(
        /it has none. If both ends reach a RabbitMQ 3 by different protocols/,
      );
    }
  });

  it("reads the header's exact name only", () => {
    expect(codeOf(() => methodOf(messageWith("x-method", "addOne")))).toBe("BadRequest");
  });

  it("does not repeat a long name in its message", () => {
    expect(() => methodOf(messageWith("X-Method", "x".repeat(300)))).not.toThrow(/xxx/);
  });
});

describe("checkMethod", () => {
  it.each(["a", "x".repeat(200), "ü".repeat(200), "__proto__", "constructor"])(
    "takes what methodOf reads: %j",
    (method) => {
      expect(checkMethod("call", method)).toBe(method);
      expect(methodOf(messageWith("X-Method", method))).toBe(method);
    },
  );

  it.each([
    ["", "an empty text"],
    ["x".repeat(201), "a text"],
    [undefined, "undefined"],
    [7, "7"],
  ])("refuses what no request can name, without showing it: %#", (method: unknown, found) => {
    expect(() => checkMethod("call", method)).toThrow(
      new TypeError(`call: option "method" must be a text of 1 to 200 characters, got ${found}`),
    );
  });
});

describe("a response on the wire", () => {
  it("echoes the correlation id, has its status as a whole number in statusCode, and asks for no reply", () => {
    expect(encodeResponse(response, "id.1")).toEqual({
      body,
      contentType: "application/json",
      correlationId: "id.1",
      replyTo: undefined,
      ttlMs: undefined,
      headers: new Map([["statusCode", 200]]),
      durable: false,
    });
  });

  it("has one header object a status, so that a transport can encode it once", () => {
    expect(encodeResponse(response, "1").headers).toBe(encodeResponse(response, "2").headers);
    expect(encodeResponse({ ...response, statusCode: 404 }, "1").headers.get("statusCode")).toBe(404);
  });

  it("keeps a bounded number of them, whatever statuses there are", () => {
    for (let statusCode = 0; statusCode < 5_000; statusCode++) {
      expect(encodeResponse({ ...response, statusCode }, "1").headers.get("statusCode")).toBe(statusCode);
    }
    const rare = { ...response, statusCode: 4_999 };
    expect(encodeResponse(rare, "1").headers).not.toBe(encodeResponse(rare, "2").headers);
  });

  it("carries further headers, which cannot replace the status and do not stay for others", () => {
    const headers = new Map<string, HeaderValue>([
      ["statusCode", 200],
      ["etag", "x"],
    ]);
    const message = encodeResponse({ ...response, statusCode: 404, headers }, "1");
    expect(Object.fromEntries(message.headers)).toEqual({ statusCode: 404, etag: "x" });
    expect(headers.get("statusCode")).toBe(200);
    expect([...encodeResponse({ ...response, statusCode: 404 }, "1").headers.keys()]).toEqual(["statusCode"]);
  });

  it("takes no headers and empty headers for the same", () => {
    expect(encodeResponse({ ...response, headers: new Map() }, "1").headers).toBe(
      encodeResponse(response, "1").headers,
    );
  });
});

describe("statusOf", () => {
  it.each<[HeaderValue, number]>([
    [200, 200],
    [404.0, 404],
    [0, 0],
    [999, 999],
    [2_147_483_647, 2_147_483_647],
    ["200", 200],
    ["0404", 404],
    ["999999999", 999_999_999],
  ])("reads %j as %d", (value, status) => {
    expect(statusOf(messageWith("statusCode", value))).toBe(status);
  });

  it.each<[string, HeaderValue | undefined]>([
    ["none", undefined],
    ["a fraction", 200.5],
    ["NaN", Number.NaN],
    ["an infinite one", Number.POSITIVE_INFINITY],
    ["a negative one", -200],
    ["an empty text", ""],
    ["a text with a sign", "+200"],
    ["a text with a fraction", "200.0"],
    ["a text with space", " 200"],
    ["a text in hex", "0xc8"],
    ["a text with an exponent", "2e2"],
    ["a text of other digits", "２００"],
    ["a very long text", "2".repeat(10)],
    ["a boolean", true],
    ["null", null],
    ["an array", [200]],
    ["a table", { value: 200 }],
    ["a date", new Date(200)],
    ["bytes", Uint8Array.of(200)],
  ])("refuses %s as BadReply", (_, value) => {
    expect(codeOf(() => statusOf(messageWith("statusCode", value)))).toBe("BadReply");
  });
});

describe("NO_BODY and NO_HEADERS", () => {
  it("are empty", () => {
    expect(NO_BODY).toHaveLength(0);
    expect(NO_HEADERS.size).toBe(0);
  });
});
