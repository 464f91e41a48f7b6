import type { AnyMethod } from "@porthos-rpc/contract";
import {
  Codecs,
  decodeText,
  NO_BODY,
  type RequestEnvelope,
  type ResponseEnvelope,
  valuesCodec,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { calculator } from "../test/calculator.js";
import type { CallContext } from "./call-context.js";
import { answerCodec, TypedOutput } from "./typed-output.js";

const codecs = new Codecs([valuesCodec]);

const requestIn = (contentType: string | undefined): RequestEnvelope => ({
  method: "m",
  contentType,
  body: NO_BODY,
  headers: undefined,
});

const make = (
  method: AnyMethod,
  value: unknown,
  { contentType = "application/json", validates = true, headers = undefined as unknown } = {},
) =>
  new TypedOutput(method, codecs, validates).make(value, requestIn(contentType), {
    headersToSend: headers,
  } as CallContext);

describe("the answer of a handler", () => {
  it("is what the schema makes of what it returned: what that does not name never leaves the service", () => {
    const answer = make(calculator.addOne, { sum: 1, password: "s3cret" }) as ResponseEnvelope;
    expect(answer).toMatchObject({ statusCode: 200, contentType: "application/json", headers: undefined });
    expect(decodeText(answer.body)).toBe('{"sum":1}');
  });

  it("is a promise only where the validator makes it one", async () => {
    const answer = make(calculator.double, 4);
    expect(answer).toBeInstanceOf(Promise);
    expect(decodeText((await answer).body)).toBe("4");
  });

  it("is empty where there is nothing to say", () => {
    const empty = { statusCode: 204, contentType: undefined, body: NO_BODY };
    expect(make(calculator.ping, "whatever")).toMatchObject(empty);
    expect(make(calculator.log, undefined)).toMatchObject(empty);
    expect(make(calculator.find, undefined)).toMatchObject(empty);
    expect(make(calculator.store, undefined)).toMatchObject(empty);
  });

  it("has the headers that the handler has set, whatever it is", () => {
    const headers = new Map([["a", 1]]);
    for (const [method, value] of [
      [calculator.addOne, { sum: 1 }],
      [calculator.ping, undefined],
      [calculator.find, undefined],
      [calculator.picture, NO_BODY],
    ] as const) {
      expect(make(method, value, { headers })).toMatchObject({ headers });
    }
  });

  it("is the bytes themselves where the contract says so, of the type that it says", () => {
    const body = Uint8Array.of(1);
    const answer = make(calculator.picture, body) as ResponseEnvelope;
    expect(answer.body).toBe(body);
    expect(answer).toMatchObject({ statusCode: 200, contentType: "image/gif" });
  });

  it("of an upload is what it results in", () => {
    expect(decodeText((make(calculator.sum, { sum: 3 }) as ResponseEnvelope).body)).toBe('{"sum":3}');
  });

  it.each<[string, AnyMethod, unknown]>([
    ["a value", calculator.addOne, { sum: "s3cret" }],
    ["nothing", calculator.addOne, undefined],
    ["no bytes", calculator.picture, "s3cret"],
  ])(
    "that does not fit is the service's own trouble, by a TypeError that says where: %s",
    (_, method, value) => {
      const { name } = method;
      expect(() => make(method, value)).toThrow(TypeError);
      expect(() => make(method, value)).toThrow(
        new RegExp(`^S\\.${name}: what the handler returned does not fit the contract: (?!.*s3cret)`),
      );
    },
  );

  it("that does not fit by a promise rejects with the same", async () => {
    await expect(make(calculator.double, 500)).rejects.toThrow(
      new TypeError("S.double: what the handler returned does not fit the contract: must be less than 100"),
    );
  });

  it("is as the handler returned it where the server does not check; what must be bytes is", () => {
    const answer = make(calculator.addOne, { any: 1 }, { validates: false }) as ResponseEnvelope;
    expect(decodeText(answer.body)).toBe('{"any":1}');
    expect(() => make(calculator.picture, "s3cret", { validates: false })).toThrow(
      new TypeError("S.picture: the answer must be a Uint8Array"),
    );
  });

  it("that cannot be encoded is an error", () => {
    expect(() => make(calculator.addOne, 1n, { validates: false })).toThrow(/cannot be encoded as JSON/);
  });
});

describe("what an answer is encoded in", () => {
  it("is what the request came in; JSON where that is nothing for values, unknown, or none", () => {
    expect(answerCodec(codecs, valuesCodec.contentType)).toBe(valuesCodec);
    for (const contentType of ["application/octet-stream", "text/html", undefined, "application/x+json"]) {
      expect(answerCodec(codecs, contentType).contentType).toBe("application/json");
    }
    const answer = make(calculator.find, "x", { contentType: valuesCodec.contentType }) as ResponseEnvelope;
    expect(answer.contentType).toBe(valuesCodec.contentType);
    expect(valuesCodec.decode(answer.body)).toBe("x");
  });
});
