import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CALCULATORS, zodCalculator } from "../test/calculators.js";
import { lookUp, references } from "../test/references.js";
import { type AsyncApiOptions, asyncApiOf } from "./async-api-of.js";
import { type AnyContract, contract } from "./contract.js";
import { method } from "./method.js";
import { stream } from "./stream.js";

const require = createRequire(import.meta.url);

/** The format's own schema, as its project publishes it. */
const asyncApi3 = require("@asyncapi/specs/schemas/3.0.0.json") as object;

/** Not strict, since the format's schema is not; it brings the schema of draft 7 with it. */
const ajv = new Ajv({
  strict: false,
  validateFormats: false,
  allErrors: true,
  meta: false,
  validateSchema: false,
});
const isAsyncApi = ajv.compile(asyncApi3);

function expectAsyncApi(document: unknown): void {
  expect(isAsyncApi(document), ajv.errorsText(isAsyncApi.errors)).toBe(true);
}

describe.each(CALCULATORS)("asyncApiOf a contract of %s", (_library, contract, options) => {
  const document = asyncApiOf(contract, options);

  it("is a document of AsyncAPI 3.0, by the format's own schema", () => {
    expectAsyncApi(document);
    // The schema does refuse something.
    expect(isAsyncApi({ ...document, operations: { addOne: { action: "reply" } } })).toBe(false);
  });

  it("has all references within it", () => {
    const found = references(document);
    expect(found.size).toBeGreaterThan(5);
    for (const [reference, target] of found)
      expect({ reference, target }).toHaveProperty("target", expect.any(Object));
  });

  it("has an operation for each method", () => {
    expect(Object.keys(document.operations)).toEqual(expect.arrayContaining(Object.keys(contract)));
  });
});

describe("asyncApiOf", () => {
  const document = asyncApiOf(zodCalculator);
  const payload = (channel: string, key: string): unknown =>
    lookUp(document, `#/channels/${channel}/messages/${key}/payload`);

  it("receives requests from the service's queue, and replies to the address that they name", () => {
    expect(document.channels["requests"]).toMatchObject({
      address: "CalculatorService",
      bindings: { amqp: { is: "queue", queue: { name: "CalculatorService", durable: true } } },
    });
    expect(document.channels["replies"]).toMatchObject({ address: null });
    expect(document.operations["addOne"]).toEqual({
      action: "receive",
      channel: { $ref: "#/channels/requests" },
      messages: [{ $ref: "#/channels/requests/messages/addOne" }],
      description: "Adds one",
      "x-porthos-idempotent": true,
      reply: {
        address: { location: "$message.header#/replyTo", description: "The inbox that the request names." },
        channel: { $ref: "#/channels/replies" },
        messages: [
          { $ref: "#/channels/replies/messages/reply.addOne" },
          { $ref: "#/channels/replies/messages/error.tooLarge.addOne" },
          { $ref: "#/channels/replies/messages/error.tooSmall.addOne" },
          { $ref: "#/channels/replies/messages/error.locked.addOne" },
          { $ref: "#/channels/replies/messages/problem" },
        ],
      },
    });
  });

  it("has a method's name and what it needs for a reply in the headers of a request", () => {
    expect(document.channels["requests"]?.["messages"]).toMatchObject({
      addOne: {
        contentType: "application/json",
        correlationId: { location: "$message.header#/correlationId" },
        headers: {
          properties: { "X-Method": { const: "addOne" } },
          required: ["X-Method", "correlationId", "replyTo"],
        },
      },
      log: { headers: { required: ["X-Method"] } },
    });
    expect(lookUp(document, "#/channels/requests/messages/ping")).not.toHaveProperty("payload");
  });

  it("has no reply for a notification", () => {
    expect(document.operations["log"]).not.toHaveProperty("reply");
  });

  it("has the items of streams, in both directions", () => {
    expect(document.operations["count/to"]).toMatchObject({
      "x-porthos-stream": "download",
      reply: {
        messages: expect.arrayContaining([{ $ref: "#/channels/replies/messages/items.count~1to" }]),
      },
    });
    expect(payload("replies", "items.count~1to")).toMatchObject({ type: "array", items: { type: "object" } });
    expect(document.operations["sum"]).toMatchObject({ "x-porthos-stream": "upload" });
    expect(document.operations["sum.upload"]).toMatchObject({
      action: "receive",
      channel: { $ref: "#/channels/uploads" },
      messages: [{ $ref: "#/channels/uploads/messages/sum" }],
    });
    expect(payload("uploads", "sum")).toEqual({ type: "array", items: { type: "number" } });
    expect(payload("replies", "reply.sum")).toMatchObject({ properties: { total: { type: "number" } } });
    expect(document.operations["chat"]).toMatchObject({ "x-porthos-stream": "both" });
  });

  it("has bytes as they are, by their content type", () => {
    expect(lookUp(document, "#/channels/replies/messages/reply.picture")).toMatchObject({
      contentType: "image/png",
      payload: { contentMediaType: "image/png" },
    });
    expect(lookUp(document, "#/channels/uploads/messages/store")).toMatchObject({
      contentType: "application/octet-stream",
      payload: { contentMediaType: "application/octet-stream" },
    });
  });

  it("has declared errors and others as problems of which only one fits", () => {
    const compiled = (key: string): ((value: unknown) => boolean) =>
      new Ajv({ strict: false }).compile(payload("replies", key) as object);
    const tooLarge = {
      type: "urn:porthos:error:tooLarge",
      title: "tooLarge",
      status: 422,
      executed: "yes",
      data: { max: 1 },
    };
    const notFound = { title: "Method not found", status: 404, executed: "no" };
    expect(compiled("error.tooLarge.addOne")(tooLarge)).toBe(true);
    expect(compiled("problem")(tooLarge)).toBe(false);
    expect(compiled("error.tooLarge.addOne")(notFound)).toBe(false);
    expect(compiled("problem")(notFound)).toBe(true);
    expect(compiled("error.tooLarge.addOne")({ ...tooLarge, data: { max: "1" } })).toBe(false);
    expect(
      compiled("error.locked.addOne")({ ...tooLarge, type: "urn:porthos:error:locked", status: 423 }),
    ).toBe(true);
  });

  it("has the title, version and servers that it is told", () => {
    const servers = {
      main: { host: "broker:5672", protocol: "amqp", pathname: "/prod", description: "The broker" },
    };
    const told = asyncApiOf(zodCalculator, { title: "Calculator", version: "1.2.3", servers });
    expectAsyncApi(told);
    expect(told).toMatchObject({ info: { title: "Calculator", version: "1.2.3" }, servers });
    expect(document.info).toEqual({ title: "CalculatorService", version: "0.0.0" });
  });

  it("takes methods of any name", () => {
    const names = [
      "a/b",
      "a~b",
      "a%b",
      "ä ö",
      "sum.upload",
      "sum",
      "reply.sum",
      "problem",
      "__proto_",
      "constructor",
    ];
    const odd = contract(
      "Odd",
      Object.fromEntries(
        names.map((name) => [
          name,
          name === "sum" ? stream({ upload: z.number() }) : method({ input: z.number() }),
        ]),
      ),
    );
    const described = asyncApiOf(odd);
    expectAsyncApi(described);
    for (const [reference, target] of references(described))
      expect({ reference, target }).toHaveProperty("target", expect.any(Object));
    expect(Object.keys(described.operations).sort()).toEqual([...names, "sum.upload_"].sort());
  });

  it("is a document without any method, too", () => {
    expectAsyncApi(asyncApiOf(contract("Empty", {})));
  });

  it.each([
    [
      { titel: "x" },
      'asyncApiOf: unknown option "titel"; the options are title, version, servers, toJsonSchema',
    ],
    [{ title: "" }, 'asyncApiOf: option "title" must be a text that is not empty'],
    [{ version: 1 }, 'asyncApiOf: option "version" must be a text that is not empty, got 1'],
    [{ servers: "amqp:" }, 'asyncApiOf: option "servers" must be an object of servers by name, got a text'],
  ])("refuses %j at once, by name", (options: unknown, why) => {
    expect(() => asyncApiOf(zodCalculator, options as AsyncApiOptions)).toThrow(why);
    expect(() => asyncApiOf({} as AnyContract)).toThrow('option "contract" must be made by contract()');
  });
});
