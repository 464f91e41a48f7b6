import { contract, method } from "@porthos-rpc/contract";
import { valuesCodec } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { createServer, type ServerOptions } from "./index.js";
import { checkOptions } from "./options.js";

const transport = new ScriptedTransport();
const MIB = 1024 * 1024;

function refusal(options: unknown): string {
  try {
    createServer(options as ServerOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe("the options of a server", () => {
  it("need a transport and a service, and default to what the documentation says", () => {
    expect(checkOptions({ transport, service: "S" })).toMatchObject({
      transports: [transport],
      service: "S",
      maxInFlight: 100,
      autoAck: false,
      maxBodyBytes: MIB,
      extensions: [],
    });
  });

  it.each([
    ["maxInFlight", [1, 65_535]],
    ["autoAck", [true, false]],
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
    ["maxInFlight", 0, "a whole number from 1 to 65535, got 0"],
    ["maxInFlight", 65_536, "a whole number from 1 to 65535, got 65536"],
    ["maxInFlight", Number.POSITIVE_INFINITY, "a whole number from 1 to 65535, got Infinity"],
    ["autoAck", "yes", "true or false, got a text"],
    ["maxBodyBytes", 16 * MIB + 1, "a whole number from 1 to 16777216, got 16777217"],
    ["extensions", {}, "an array of extensions, got an object"],
  ])("are refused by name, saying what was expected: %s", (name, value, expected) => {
    expect(refusal({ transport, service: "S", [name]: value })).toBe(
      `createServer: option "${name}" must be ${expected}`,
    );
  });

  it("are refused when they do not exist", () => {
    expect(refusal({ transport, service: "S", prefetch: 5 })).toMatch(
      /^createServer: unknown option "prefetch"; the options are transport, service, contract, validate, codecs, maxInFlight,/,
    );
  });

  it.each([undefined, null, "S", []])("are refused when they are none: %j", (options: unknown) => {
    expect(refusal(options)).toMatch(/^createServer: expected an object of options, got /);
  });

  it("are refused together with an extension that cannot work", () => {
    const extension = { name: "a", apiVersion: 1 } as const;
    expect(refusal({ transport, service: "S", extensions: [extension, { ...extension }] })).toBe(
      'createServer: extension "a" was added twice',
    );
  });
});

describe("the options of a server with a contract", () => {
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
    const { codecs } = checkOptions({ transport, contract: small, codecs: [valuesCodec] });
    expect(codecs.find(valuesCodec.contentType)).toBe(valuesCodec);
    expect(checkOptions({ transport, contract: small }).codecs.find(valuesCodec.contentType)).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ["contract", { m: method() }, "made by contract(), got an object"],
    ["contract", null, "made by contract(), got null"],
    ["validate.input", { input: "no" }, "true or false, got a text"],
    ["codecs", valuesCodec, "an array of codecs, got an object"],
    ["codecs", [{}], "a codec: contentType, encode and decode, got an object"],
  ])("are refused by name, saying what was expected: %s", (name, value, expected) => {
    const [option = ""] = name.split(".");
    expect(refusal({ transport, contract: small, [option]: value })).toBe(
      `createServer: option "${name}" must be ${expected}`,
    );
  });

  it("are refused when they do not say what is to be checked", () => {
    expect(refusal({ transport, contract: small, validate: { inputs: true } })).toMatch(
      /^createServer: option "validate": unknown option "inputs"/,
    );
    expect(refusal({ transport, contract: small, validate: "input" })).toMatch(
      /^createServer: option "validate"/,
    );
  });
});
