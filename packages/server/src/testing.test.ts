import { NO_BODY } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import type { Handler } from "./index.js";
import { type MockRequest, mockRequest, mockResponse } from "./testing.js";

const addOne: Handler = (request, response) => {
  const { value } = request.json<{ value: number }>();
  response.headers.set("etag", "x");
  response.json(200, { value_plus_one: value + 1 });
};

describe("mocks", () => {
  it("let a handler be tested alone", () => {
    const response = mockResponse();
    addOne(mockRequest({ json: { value: 20 } }), response);
    expect(response.statusCode).toBe(200);
    expect(response.contentType).toBe("application/json");
    expect(response.jsonBody()).toEqual({ value_plus_one: 21 });
    expect(response.headers.get("etag")).toBe("x");
  });

  it("have a default for everything", () => {
    const request = mockRequest();
    expect(request).toMatchObject({
      serviceName: "TestService",
      methodName: "test",
      contentType: undefined,
      body: NO_BODY,
      deadline: undefined,
      redelivered: false,
    });
    expect(request.headers.size).toBe(0);
    expect(request.signal.aborted).toBe(false);
    expect(mockResponse().statusCode).toBeUndefined();
  });

  it("are what they are told to be", () => {
    const signal = AbortSignal.abort();
    const body = Uint8Array.of(1);
    const headers = { "porthos-a": 1 };
    const deadline = new Date(1_800_000_000_123);
    const request = mockRequest({
      serviceName: "S",
      methodName: "m",
      headers,
      contentType: "image/png",
      body,
      signal,
      deadline,
      redelivered: true,
    });
    expect(request).toMatchObject({
      serviceName: "S",
      methodName: "m",
      contentType: "image/png",
      deadline,
      redelivered: true,
    });
    expect(request.body).toBe(body);
    expect(request.signal.aborted).toBe(true);
    expect(request.headers).toEqual(new Map([["porthos-a", 1]]));
    expect(mockRequest({ headers: new Map([["a", "b"]]) }).headers.get("a")).toBe("b");
  });

  it("have a body of arguments", () => {
    const request = mockRequest({ args: [1, 2] });
    expect(request.contentType).toBe("application/json");
    expect(request.args()).toEqual([1, 2]);
  });

  it("refuse fields that do not exist", () => {
    expect(() => mockRequest({ method: "m" } as MockRequest)).toThrow(
      /^mockRequest: unknown option "method"/,
    );
  });
});
