import { describe, expect, it } from "vitest";
import { type MockRequest, mockRequest } from "./testing.js";

const text = (body: string): MockRequest => ({ body: new TextEncoder().encode(body) });
const badRequest = expect.objectContaining({ code: "BadRequest", executed: "no" });

describe("Request", () => {
  it("reads its body as JSON, whatever the content type says, and decodes it once", () => {
    const request = mockRequest({ ...text('{"value":20}'), contentType: "text/plain" });
    expect(request.json()).toEqual({ value: 20 });
    expect(request.json()).toBe(request.json());
  });

  it("reads null as null", () => {
    expect(mockRequest({ json: null }).json()).toBeNull();
  });

  it("reads the arguments of a call, none included", () => {
    expect(mockRequest({ args: [1, "two"] }).args()).toEqual([1, "two"]);
    expect(mockRequest({ args: [] }).args()).toEqual([]);
  });

  it.each(["{}", "null", '"text"', "1", '{"length":1,"0":"a"}'])("refuses %s for arguments", (body) => {
    expect(() => mockRequest(text(body)).args()).toThrow(badRequest);
    expect(() => mockRequest(text(body)).args()).toThrow("the body must be a JSON array of arguments");
  });

  it.each(["", "{", "NaN", "\ufeff{}"])("refuses %j for JSON, each time it is asked", (body) => {
    const request = mockRequest(text(body));
    expect(() => request.json()).toThrow(badRequest);
    expect(() => request.json()).toThrow(badRequest);
    expect(() => request.args()).toThrow(badRequest);
  });

  it("reads its body as text, or refuses it", () => {
    expect(mockRequest(text("grüße")).text()).toBe("grüße");
    expect(() => mockRequest({ body: Uint8Array.of(0xff) }).text()).toThrow(badRequest);
  });

  it.each([
    ['{"__proto__":{"admin":true}}', /__proto__/],
    ["[".repeat(65) + "]".repeat(65), /maxJsonDepth/],
    [JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [n, 1]))), /maxJsonKeys/],
  ])("takes JSON within limits only", (json, reason) => {
    expect(() => mockRequest(text(json)).json()).toThrow(reason);
    expect(() => mockRequest(text(json)).args()).toThrow(badRequest);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
