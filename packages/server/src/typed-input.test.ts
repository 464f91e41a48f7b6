import { type AnyMethod, methodHash } from "@porthos-rpc/contract";
import {
  Codecs,
  encodeText,
  type HeaderValue,
  type RequestEnvelope,
  valuesCodec,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { calculator } from "../test/calculator.js";
import { InvalidInput, MalformedBody, UnknownContent } from "./malformed-body.js";
import { TypedInput } from "./typed-input.js";

const request = (
  contentType: string | undefined,
  body: Uint8Array | string,
  headers?: Readonly<Record<string, HeaderValue>>,
): RequestEnvelope => ({
  method: "m",
  contentType,
  body: typeof body === "string" ? encodeText(body) : body,
  headers: headers === undefined ? undefined : new Map(Object.entries(headers)),
});

const json = (value: unknown, headers?: Readonly<Record<string, HeaderValue>>): RequestEnvelope =>
  request("application/json", JSON.stringify(value), headers);

const inputOf = (method: AnyMethod, validates = true): TypedInput =>
  new TypedInput(method, new Codecs([valuesCodec]), validates);

const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error;
  }
};

describe("the input of a handler", () => {
  it("is what the schema makes of the request: defaults are there, and nothing that it does not name", () => {
    const input = inputOf(calculator.addOne);
    expect(input.read(json({ value: 1, more: true }))).toEqual({ value: 1, by: 1 });
    expect(input.read(json({ value: 1, by: 5 }))).toEqual({ value: 1, by: 5 });
  });

  it("is a promise only where the validator makes it one", async () => {
    const input = inputOf(calculator.double).read(json(5));
    expect(input).toBeInstanceOf(Promise);
    expect(await input).toBe(5);
  });

  it.each([
    ["application/json", '"x"'],
    ["application/json; charset=utf-8", '"x"'],
    ["APPLICATION/JSON", '"x"'],
    ["application/vnd.find+json", '"x"'],
    [valuesCodec.contentType, valuesCodec.encode("x")],
  ])("is read by its content type: %s", (contentType, body) => {
    expect(inputOf(calculator.find).read(request(contentType, body))).toBe("x");
  });

  it("is the bytes themselves where the contract says so, of whatever type", () => {
    const body = Uint8Array.of(1);
    expect(inputOf(calculator.picture).read(request("image/jpeg", body))).toBe(body);
    expect(inputOf(calculator.picture).read(request(undefined, body))).toBe(body);
  });

  it("is nothing for a method that takes nothing, whatever comes", () => {
    expect(inputOf(calculator.ping).read(request("text/html", "<p>"))).toBeUndefined();
  });

  it("is undefined where nothing was sent, which a schema may take or not", () => {
    expect(inputOf(calculator.find).read(request(undefined, ""))).toBeUndefined();
    expect(thrownBy(() => inputOf(calculator.addOne).read(request(undefined, "")))).toBeInstanceOf(
      InvalidInput,
    );
  });

  it("is as it came where the server does not check", () => {
    expect(inputOf(calculator.addOne, false).read(json({ value: "x" }))).toEqual({ value: "x" });
  });
});

describe("a request that is no input", () => {
  it("of a type that the service does not read is UnknownContent: 415", () => {
    const error = thrownBy(() => inputOf(calculator.addOne).read(request("text/html", "<p>")));
    expect(error).toBeInstanceOf(UnknownContent);
    expect((error as UnknownContent).toResponse()).toMatchObject({ statusCode: 415 });
    expect((error as Error).message).toBe(
      `the request's content type is "text/html"; the service reads application/json, application/octet-stream, ${valuesCodec.contentType}`,
    );
    const none = thrownBy(() => inputOf(calculator.addOne).read(request(undefined, "{}")));
    expect((none as Error).message).toMatch(/^the request's content type is none;/);
    const long = thrownBy(() => inputOf(calculator.addOne).read(request("x".repeat(5_000), "{}")));
    expect((long as Error).message.length).toBeLessThan(300);
  });

  it("that is not what its type says is MalformedBody: 400, whether the server checks or not", () => {
    for (const validates of [true, false]) {
      const error = thrownBy(() =>
        inputOf(calculator.addOne, validates).read(request("application/json", "{")),
      );
      expect(error).toBeInstanceOf(MalformedBody);
      expect(error).not.toBeInstanceOf(InvalidInput);
      expect((error as MalformedBody).toResponse()).toMatchObject({ statusCode: 400 });
    }
  });

  it.each<[string, (input: typeof json) => unknown]>([
    ["at once", (from) => thrownBy(() => inputOf(calculator.addOne).read(from({ value: "s3cret" })))],
    [
      "by a promise",
      (from) =>
        (inputOf(calculator.double).read(from(500)) as Promise<unknown>).catch((error: unknown) => error),
    ],
  ])("that does not fit is InvalidInput, not executed, and says where: %s", async (_, read) => {
    const error = await read(json);
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error).toMatchObject({ code: "BadRequest", executed: "no" });
    expect((error as Error).message).toMatch(/^value: .*number|^must be less than 100$/);
    expect((error as Error).message).not.toContain("s3cret");
  });
});

describe("a request of a caller with another contract", () => {
  const ours = methodHash(calculator.addOne);
  const readFrom = (hash: HeaderValue): string =>
    (thrownBy(() => inputOf(calculator.addOne).read(json({}, { "porthos-contract": hash }))) as Error)
      .message;

  it("that does not fit is told that the contracts differ, and how each calls itself", () => {
    expect(readFrom("0123456789abcdef")).toMatch(
      new RegExp(
        `; the contracts differ: the service has ${ours} of this method, the caller 0123456789abcdef$`,
      ),
    );
  });

  it("that does not fit is told nothing of it where they do not differ, or what he says is no hash", () => {
    for (const hash of [ours, "<script>", "0123456789ABCDEF", 7, null, ["0123456789abcdef"]]) {
      expect(readFrom(hash)).not.toContain("differ");
    }
  });

  it("that fits is read as ever", () => {
    const other = json({ value: 1 }, { "porthos-contract": "0123456789abcdef" });
    expect(inputOf(calculator.addOne).read(other)).toEqual({ value: 1, by: 1 });
  });
});
