import { contract, method } from "@porthos-rpc/contract";
import { type Extension, type Headers, jsonCodec, RpcError } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { rows } from "./rows.js";
import { Stage } from "./stage.js";

/** JSON that breaks a limit, and the word for it. */
const FORBIDDEN: readonly (readonly [string, string, RegExp])[] = [
  ["deep", "[".repeat(65) + "]".repeat(65), /maxJsonDepth/],
  [
    "with many keys",
    JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [n, 1]))),
    /maxJsonKeys/,
  ],
  ["with a key __proto__", '{"__proto__":{"admin":true}}', /__proto__/],
  ["with a constructor's prototype", '{"constructor":{"prototype":{"admin":true}}}', /__proto__/],
];

/** Beside those that a stream asks by. */
function addingHeaders(own: Headers): Extension {
  return {
    name: "headers",
    apiVersion: 1,
    client: {
      wrap: {
        phase: "user",
        run: (call, next) => {
          const headers = new Map([...(call.request.headers ?? []), ...own]);
          return next({ ...call, request: { ...call.request, headers } });
        },
      },
    },
  };
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each(rows)("limits over %s", (_title, row) => {
  test("JSON that is too deep, too wide or could reach a prototype is in no handler and no caller", async () => {
    const calculator = contract("Calculator", { echo: method({ input: z.unknown(), output: z.unknown() }) });
    await using stage = new Stage(row);
    let runs = 0;
    await stage.server({
      echo: (request) => {
        runs++;
        return request.json();
      },
      raw: (request, response) => response.raw(200, "application/json", request.body),
    });
    const typed = createServer({
      transport: await stage.transport(),
      contract: calculator,
      service: `${stage.service}-typed`,
    });
    typed.implement({ echo: () => void runs++ });
    await typed.listen();
    stage.add(typed);
    const client = await stage.client();
    const toTyped = await stage.client({ service: typed.service });
    for (const [, text, reason] of FORBIDDEN) {
      const body = bytesOf(text);
      for (const each of [client, toTyped]) {
        const refused = await each.call("echo").withBodyContentType(body, "application/json").sync();
        expect(refused.statusCode).toBe(400);
        expect(refused.json()).toMatchObject({ executed: "no", detail: expect.stringMatching(reason) });
      }
      const answered = await client.call("raw").withBody(body).sync();
      expect(() => answered.json()).toThrow(
        expect.objectContaining({ code: "BadReply", message: expect.stringMatching(reason) as string }),
      );
      expect(() => client.call("echo").withStruct(JSON.parse(text))).toThrow(RpcError);
    }
    expect(runs).toBe(0);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  test("JSON may be as deep and as wide as both ends say", async () => {
    await using stage = new Stage(row);
    const limits = { maxJsonDepth: 200, maxJsonKeys: 20_000 };
    await stage.server({ echo: (request) => request.json() }, limits);
    const wide = Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`k${n}`, n]));
    let deep: unknown = wide;
    for (let n = 0; n < 150; n++) deep = [deep];
    const client = await stage.client(limits);
    expect((await client.call("echo").withStruct(deep).sync()).json()).toEqual(deep);
    const strict = await stage.client();
    const body = bytesOf(JSON.stringify(deep));
    const answer = await strict.call("echo").withBodyContentType(body, jsonCodec.contentType).sync();
    expect(answer.ok).toBe(true);
    expect(() => answer.json()).toThrow(/maxJsonDepth/);
  });

  test("64 headers arrive, streams' own beside them; one more is an error before it is sent", async () => {
    await using stage = new Stage(row);
    const seen: number[] = [];
    await stage.server(
      { m: (request) => void seen.push(request.headers.size) },
      {},
      {
        async *s(request) {
          seen.push(request.headers.size);
          yield 1;
        },
      },
    );
    const headers: Headers = new Map(Array.from({ length: 64 }, (_, n) => [`h${n}`, n]));
    const client = await stage.client({ extensions: [addingHeaders(headers)] });
    expect((await client.call("m").sync()).ok).toBe(true);
    const items: unknown[] = [];
    for await (const item of client.call("s").withTimeout(9_000).stream()) items.push(item);
    expect(items).toEqual([1]);
    expect(seen.every((count) => count >= 65)).toBe(true);
    headers.set("one-more", 1);
    await expect(client.call("m").sync()).rejects.toMatchObject({ code: "TooLarge", executed: "no" });
    headers.delete("one-more");
    expect((await client.call("m").sync()).ok).toBe(true);
  });
});
