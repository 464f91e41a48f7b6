import { type HeaderValue, RpcError } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Latch } from "../latch.js";
import { sendingHeaders } from "../sending-headers.js";
import { fault } from "./fault.js";

function circular(): HeaderValue {
  const table: Record<string, unknown> = {};
  table["self"] = table;
  return table as HeaderValue;
}

/** What no carrier has a form for. */
const STRANGE: readonly (readonly [what: string, name: string, value: HeaderValue])[] = [
  ["NaN", "x", Number.NaN],
  ["Infinity", "x", Number.POSITIVE_INFINITY],
  ["a BigInt", "x", 1n as unknown as HeaderValue],
  ["a function", "x", (() => 1) as unknown as HeaderValue],
  ["a symbol", "x", Symbol("x") as unknown as HeaderValue],
  ["a circle", "x", circular()],
  ["no date", "x", new Date(Number.NaN)],
  ["a long name", "x".repeat(256), 1],
];

/** What some carriers take. */
const LARGE = ["70 KiB", "x", "x".repeat(70 * 1024)] as const;

fault(37, "a call with such a header fails, was not executed, and harms no other call", async (stage) => {
  const latch = new Latch();
  let runs = 0;
  await stage.server({
    count: () => {
      runs++;
    },
    hold: async () => {
      await latch.pass();
      return "held";
    },
    fine: () => "fine",
  });
  const transport = await stage.transport();
  const plain = await stage.client({ transport });
  const held = plain.call("hold").sync();
  for (const [what, name, value] of STRANGE) {
    const client = await stage.client({ transport, extensions: [sendingHeaders(new Map([[name, value]]))] });
    const error = await client
      .call("count")
      .sync()
      .catch((reason: unknown) => reason);
    expect(error, what).toBeInstanceOf(RpcError);
    expect(error, what).toMatchObject({ executed: "no" });
  }
  expect(runs).toBe(0);
  const [, name, value] = LARGE;
  const client = await stage.client({ transport, extensions: [sendingHeaders(new Map([[name, value]]))] });
  const end = await client
    .call("fine")
    .sync()
    .then(
      (response) => response.json(),
      (error: RpcError) => error.executed,
    );
  expect(["fine", "no"]).toContain(end);
  expect((await plain.call("fine").sync()).json()).toBe("fine");
  latch.open();
  expect((await held).json()).toBe("held");
});

fault(37, "a response with such a header becomes a 500, and the service goes on", async (stage) => {
  await stage.server({
    strange: (request, response) => {
      const [, name, value] = [...STRANGE, LARGE][request.args<[number]>()[0]] ?? LARGE;
      response.headers.set(name, value);
      response.empty(200);
    },
    fine: () => "fine",
  });
  const client = await stage.client();
  for (const [index, [what]] of STRANGE.entries())
    expect((await client.call("strange").withArgs(index).sync()).statusCode, what).toBe(500);
  expect([200, 500]).toContain((await client.call("strange").withArgs(STRANGE.length).sync()).statusCode);
  expect((await client.call("fine").sync()).json()).toBe("fine");
});
