import { encodeText, type HeaderValue, type RequestEnvelope } from "@porthos-rpc/protocol";
import { clientCall, serverCall } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { callKey } from "./call-key.js";

const settings = { vary: new Set(["authorization", "tenant"]), maxBodyBytes: 300, scope: undefined };

function request(given: Partial<RequestEnvelope> = {}, ...headers: [string, HeaderValue][]): RequestEnvelope {
  const body = encodeText('{"id":1}');
  return { method: "get", contentType: "application/json", body, headers: new Map(headers), ...given };
}

const keyOf = (given: RequestEnvelope, scope?: () => string) =>
  callKey(clientCall({ method: given.method, request: given }), { ...settings, scope });

describe("callKey", () => {
  it("differs with the method, the content type, the body, the headers that count, and the scope", () => {
    const keys = [
      keyOf(request()),
      keyOf(request({ method: "list" })),
      keyOf(request({ contentType: undefined })),
      keyOf(request({ body: encodeText('{"id":2}') })),
      keyOf(request({ body: new Uint8Array(0) })),
      keyOf(request({}, ["authorization", "a"])),
      keyOf(request({}, ["authorization", "b"])),
      keyOf(request({}, ["tenant", "a"])),
      keyOf(request({}, ["tenant", 1])),
      keyOf(request({}, ["tenant", "1"])),
      keyOf(request(), () => "somebody"),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("differs with each byte of a body", () => {
    const keys = Array.from({ length: 256 }, (_, byte) => keyOf(request({ body: Uint8Array.of(byte) })));
    expect(new Set(keys).size).toBe(256);
  });

  it("is the same whatever headers do not count, in whatever order and case the others are", () => {
    const one = request({}, ["Authorization", "a"], ["tenant", "b"], ["traceparent", "1"]);
    const other = request({}, ["TENANT", "b"], ["authorization", "a"], ["traceparent", "2"]);
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it("there is none for a body that is too large, or a header that counts and is no plain value", () => {
    expect(keyOf(request({ body: new Uint8Array(301) }))).toBeUndefined();
    expect(keyOf(request({}, ["tenant", ["a"]]))).toBeUndefined();
    expect(keyOf(request({}, ["tenant", null]))).toBeUndefined();
  });

  it("is refused to a scope that says nothing: nobody may share with everybody for want of a word", () => {
    const scope = (() => undefined) as never;
    expect(() => callKey(serverCall(), { ...settings, scope })).toThrow(
      'cache: option "scope" must be a function that returns a text, got undefined',
    );
  });
});
