import { encodeText, type HeaderValue, NO_BODY, Refusal } from "@porthos-rpc/protocol";
import { serverCall } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { fingerprintOf, requestKey } from "./request-key.js";

const ID = `${"a".repeat(32)}.1.mxyz.0123456789a`;
const withHeaders = (...headers: [string, HeaderValue][]) => ({
  ...serverCall({ id: ID }),
  request: { method: "test", contentType: undefined, body: NO_BODY, headers: new Map(headers) },
});
const keyOf = (call: Parameters<typeof requestKey>[0], scope = "") => requestKey(call, scope)?.key;

describe("requestKey", () => {
  it("is the id of the call, if nobody else can have it", () => {
    expect(requestKey(serverCall({ id: ID }), "")).toEqual({
      key: `["TestService","test","","id","${ID}"]`,
      isChosen: false,
    });
    expect(requestKey(serverCall({ id: "17" }), "")).toBeUndefined();
    expect(requestKey(serverCall(), "")).toBeUndefined();
  });

  it.each(["Idempotency-Key", "idempotency-key"])(
    "is rather what its caller says, in the header %s",
    (name) => {
      expect(requestKey(withHeaders([name, "k"]), "")).toEqual({
        key: '["TestService","test","","key","k"]',
        isChosen: true,
      });
    },
  );

  it("is another for another service, method, scope or kind", () => {
    const call = withHeaders(["Idempotency-Key", ID]);
    const keys = [
      keyOf(call),
      keyOf({ ...call, service: "Other" }),
      keyOf({ ...call, method: "other" }),
      keyOf(call, "tenant"),
      keyOf(serverCall({ id: ID })),
      keyOf({ ...call, method: 'test","' }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each<[string, HeaderValue]>([
    ["no text", 7],
    ["empty", ""],
    ["too long", "k".repeat(256)],
  ])("is refused if it is %s", (_what, value) => {
    const refused = (): unknown => requestKey(withHeaders(["Idempotency-Key", value]), "");
    expect(refused).toThrow(Refusal);
    expect(refused).toThrow("must be a text of 1 to 255 characters");
  });
});

describe("fingerprintOf", () => {
  it("differs with the body and its type, and with nothing else", async () => {
    const request = { ...serverCall().request, contentType: "a", body: encodeText("bc") };
    const same = { ...request, headers: new Map([["x", 1]]) };
    const fingerprints = await Promise.all(
      [
        request,
        same,
        { ...request, contentType: "ab", body: encodeText("c") },
        { ...request, body: NO_BODY },
      ].map(fingerprintOf),
    );
    expect(fingerprints[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(new Set(fingerprints).size).toBe(3);
  });
});
