import { contract, method } from "@porthos-rpc/contract";
import { jsonCodec, valuesCodec } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { type ClientOptions, createClient } from "./index.js";
import { checkOptions } from "./options.js";

const transport = new ScriptedTransport();
const MIB = 1024 * 1024;

function refusal(options: unknown): string {
  try {
    createClient(options as ClientOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe("the options of a client", () => {
  it("need a transport and a service, and default to what the documentation says", () => {
    expect(checkOptions({ transport, service: "S" })).toMatchObject({
      transports: [transport],
      service: "S",
      timeoutMs: 120_000,
      whenDown: "wait",
      maxPending: 10_000,
      maxBodyBytes: MIB,
      extensions: [],
    });
  });

  it.each([
    ["timeoutMs", [0.5, 2_147_483_647]],
    ["whenDown", ["wait", "fail"]],
    ["maxPending", [1, 1_000_000]],
    ["maxBodyBytes", [1, 16 * MIB]],
    ["service", ["s", "s".repeat(255)]],
  ])("take %s from its least to its most", (name, values) => {
    for (const value of values) {
      expect(checkOptions({ transport, service: "S", [name]: value })).toHaveProperty(name, value);
    }
  });

  it.each([
    ["transport", undefined, "a transport, e.g. await connect(url), or an array of them, got undefined"],
    [
      "transport",
      "amqp://user:s3cret@host",
      "a transport, e.g. await connect(url), or an array of them, got a text",
    ],
    [
      "transport",
      Promise.resolve(transport),
      "a transport, e.g. await connect(url), or an array of them, got an object",
    ],
    ["service", "", "a text that is not empty, got an empty text"],
    ["service", "s".repeat(256), "a text of at most 255 bytes, got 256"],
    ["timeoutMs", 0, "a time in milliseconds, more than 0 and at most 2147483647, got 0"],
    [
      "timeoutMs",
      Number.POSITIVE_INFINITY,
      "a time in milliseconds, more than 0 and at most 2147483647, got Infinity",
    ],
    ["whenDown", "queue", "one of wait, fail, got a text"],
    ["maxPending", 0, "a whole number from 1 to 1000000, got 0"],
    ["maxPending", Number.POSITIVE_INFINITY, "a whole number from 1 to 1000000, got Infinity"],
    ["maxBodyBytes", 16 * MIB + 1, "a whole number from 1 to 16777216, got 16777217"],
    ["extensions", {}, "an array of extensions, got an object"],
  ])("are refused by name, saying what was expected: %s", (name, value, expected) => {
    expect(refusal({ transport, service: "S", [name]: value })).toBe(
      `createClient: option "${name}" must be ${expected}`,
    );
  });

  it("are refused when they do not exist", () => {
    expect(refusal({ transport, service: "S", timeout: 500 })).toMatch(
      /^createClient: unknown option "timeout"; the options are transport, service, contract, validate, codec, timeoutMs,/,
    );
  });

  it.each([undefined, null, "S", []])("are refused when they are none: %j", (options: unknown) => {
    expect(refusal(options)).toMatch(/^createClient: expected an object of options, got /);
  });

  it("are refused together with an extension that cannot work", () => {
    const extension = { name: "a", apiVersion: 1 } as const;
    expect(refusal({ transport, service: "S", extensions: [extension, { ...extension }] })).toBe(
      'createClient: extension "a" was added twice',
    );
    expect(refusal({ transport, service: "S", extensions: [undefined] })).toBe(
      "createClient: expected an extension, got undefined",
    );
  });

  it("may be undefined, as if they were not given", () => {
    expect(checkOptions({ transport, service: "S", timeoutMs: undefined } as never).timeoutMs).toBe(120_000);
  });
});

describe("the options of a client with a contract", () => {
  const small = contract("Small", { m: method() });

  it("have its service from it, unless they say another", () => {
    expect(checkOptions({ transport, contract: small })).toMatchObject({ service: "Small" });
    expect(checkOptions({ transport, contract: small, service: "S" })).toMatchObject({ service: "S" });
  });

  it.each([
    [undefined, { input: true, output: true }],
    [true, { input: true, output: true }],
    [false, { input: false, output: false }],
    [{ input: false }, { input: false, output: true }],
    [{ output: false }, { input: true, output: false }],
  ])("check both ways unless they say otherwise: %j", (validate, checked) => {
    const options = { transport, contract: small, ...(validate === undefined ? {} : { validate }) };
    expect(checkOptions(options).validate).toEqual(checked);
  });

  it("may have another codec", () => {
    expect(checkOptions({ transport, contract: small, codec: valuesCodec })).toMatchObject({
      codec: valuesCodec,
    });
    expect(checkOptions({ transport, contract: small })).toMatchObject({ codec: jsonCodec });
  });

  it.each<[string, unknown, string]>([
    ["contract", { m: method() }, "made by contract(), got an object"],
    ["contract", null, "made by contract(), got null"],
    ["validate.input", { input: "no" }, "true or false, got a text"],
    ["codec", {}, "a codec: contentType, encode and decode, got an object"],
    ["codec", null, "a codec: contentType, encode and decode, got null"],
  ])("are refused by name, saying what was expected: %s", (name, value, expected) => {
    const [option = ""] = name.split(".");
    expect(refusal({ transport, contract: small, [option]: value })).toBe(
      `createClient: option "${name}" must be ${expected}`,
    );
  });

  it("are refused when they do not say what is to be checked", () => {
    expect(refusal({ transport, contract: small, validate: { inputs: true } })).toMatch(
      /^createClient: option "validate": unknown option "inputs"/,
    );
    expect(refusal({ transport, contract: small, validate: "input" })).toMatch(
      /^createClient: option "validate"/,
    );
  });
});
