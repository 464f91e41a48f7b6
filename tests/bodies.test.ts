import type { Handler } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";

const KIB = 1024;
const MIB = 1024 * KIB;

type Builder = ReturnType<Awaited<ReturnType<Stage["client"]>>["call"]>;
type BodyCase = [method: string, build: (call: Builder) => Builder, expected: unknown];

/** Answers with what it got, so that the caller sees what arrived. */
const mirror: Handler = (request, response) => {
  response.headers.set("x-content-type", request.contentType ?? null);
  response.raw(200, request.contentType ?? "application/octet-stream", request.body);
};

describe.each(rows)("bodies over %s", (_title, row) => {
  test.each([
    ["withMap", (call) => call.withMap({ value: 20 }), { value: 20 }],
    ["withMap of a Map", (call) => call.withMap(new Map([["value", 20]])), { value: 20 }],
    ["withStruct", (call) => call.withStruct({ a: [1, { b: null }] }), { a: [1, { b: null }] }],
    ["withArgs", (call) => call.withArgs(1, "two", [3], { four: 4 }), [1, "two", [3], { four: 4 }]],
    ["withArgs of nothing", (call) => call.withArgs(), []],
  ] satisfies BodyCase[])("%s arrives as JSON", async (_method, build, expected) => {
    await using stage = new Stage(row);
    await stage.server({ mirror });
    const client = await stage.client();
    const response = await build(client.call("mirror")).sync();
    expect(response.json()).toEqual(expected);
    expect(response.contentType).toBe("application/json");
  });

  test.each([
    ["withBody", undefined, "application/octet-stream"],
    ["withBodyContentType", "image/png", "image/png"],
  ])("%s brings every byte value, and its content type", async (_method, given, expected) => {
    await using stage = new Stage(row);
    await stage.server({ mirror });
    const client = await stage.client();
    const body = Uint8Array.from({ length: 1_000 }, (_, index) => index % 256);
    const call = client.call("mirror");
    const response = await (given === undefined
      ? call.withBody(body)
      : call.withBodyContentType(body, given)
    ).sync();
    expect(Buffer.from(response.body).equals(body)).toBe(true);
    expect(response.contentType).toBe(expected);
  });

  test("a call without a body arrives without body and content type", async () => {
    await using stage = new Stage(row);
    await stage.server({ mirror });
    const client = await stage.client();
    const response = await client.call("mirror").sync();
    expect(response.body).toHaveLength(0);
    expect(response.headers.get("x-content-type")).toBeNull();
  });

  test.each([1, 100 * KIB, 128 * KIB, MIB])("a body of %i bytes arrives whole, both ways", async (bytes) => {
    await using stage = new Stage(row);
    await stage.server({ mirror });
    const client = await stage.client();
    const body = patterned(bytes);
    const response = await client.call("mirror").withBody(body).sync();
    expect(Buffer.from(response.body).equals(body)).toBe(true);
  });

  test("a body of 8 MiB arrives whole where both sides allow it", async () => {
    await using stage = new Stage(row);
    await stage.server({ mirror }, { maxBodyBytes: 8 * MIB });
    const client = await stage.client({ maxBodyBytes: 8 * MIB });
    const body = patterned(8 * MIB);
    const response = await client.call("mirror").withBody(body).sync();
    expect(Buffer.from(response.body).equals(body)).toBe(true);
  });
});

function patterned(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + (index >> 8)) % 256);
}
