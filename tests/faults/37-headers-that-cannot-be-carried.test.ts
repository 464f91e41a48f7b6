import { type Headers, type HeaderValue, RpcError } from "@porthos-rpc/protocol";
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

/** More than is taken beside the wire's own. */
const LARGE: readonly (readonly [what: string, headers: Headers])[] = [
  ["16 KiB and a byte", new Map([["x", "x".repeat(16 * 1024)]])],
  ["65 headers", new Map(Array.from({ length: 65 }, (_, index) => [`x${index}`, index]))],
];

/** As much as is taken. */
const FITTING: Headers = new Map<string, HeaderValue>([
  ...Array.from({ length: 63 }, (_, index): [string, HeaderValue] => [`x${index}`, true]),
  ["text", "x".repeat(8 * 1024)],
]);

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
  for (const [what, headers] of LARGE) {
    const client = await stage.client({ transport, extensions: [sendingHeaders(headers)] });
    const call = client.call("count").sync();
    await expect(call, what).rejects.toMatchObject({ code: "TooLarge", executed: "no" });
  }
  expect(runs).toBe(0);
  const fitting = await stage.client({ transport, extensions: [sendingHeaders(FITTING)] });
  expect((await fitting.call("fine").sync()).json()).toBe("fine");
  expect((await plain.call("fine").sync()).json()).toBe("fine");
  latch.open();
  expect((await held).json()).toBe("held");
});

const OF_RESPONSES: typeof LARGE = [
  ...STRANGE.map(([what, name, value]) => [what, new Map([[name, value]])] as const),
  ...LARGE,
];

fault(37, "a response with such a header becomes a 500, and the service goes on", async (stage) => {
  await stage.server({
    strange: (request, response) => {
      const [, headers] = OF_RESPONSES[request.args<[number]>()[0]] ?? [];
      for (const [name, value] of headers ?? FITTING) response.headers.set(name, value);
      response.empty(200);
    },
    fine: () => "fine",
  });
  const client = await stage.client();
  const status = async (index: number): Promise<number> =>
    (await client.call("strange").withArgs(index).sync()).statusCode;
  for (const [index, [what]] of OF_RESPONSES.entries()) expect(await status(index), what).toBe(500);
  expect(await status(OF_RESPONSES.length)).toBe(200);
  expect((await client.call("fine").sync()).json()).toBe("fine");
});
