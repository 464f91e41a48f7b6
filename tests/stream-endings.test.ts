import { createClient } from "@porthos-rpc/client";
import { bytes, contract, stream } from "@porthos-rpc/contract";
import type { Extension } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { describe, expect, test, vi } from "vitest";
import { z } from "zod";

const chat = contract("Chat", {
  count: stream({ output: z.number() }),
  sum: stream({ upload: z.number(), result: z.number() }),
  echo: stream({ upload: z.number(), output: z.number() }),
  files: stream({
    upload: bytes({ contentType: "application/json" }),
    output: bytes({ contentType: "application/problem+json" }),
  }),
});

type Handlers = Parameters<ReturnType<typeof createServer<typeof chat>>["implement"]>[0];

const until = (isSo: () => boolean): Promise<void> => vi.waitFor(() => expect(isSo()).toBe(true));

/** Both ends of a contract's streams, what the extensions around the handlers have seen, and what was told of errors. */
async function ends(handlers: Partial<Handlers>) {
  const transport = memory();
  const around = { begun: 0, ended: [] as unknown[] };
  const limit: Extension = {
    name: "limit",
    apiVersion: 1,
    server: {
      wrap: {
        phase: "limit",
        async run(call, next) {
          around.begun++;
          try {
            const response = await next(call);
            around.ended.push(response.statusCode);
            return response;
          } catch (error) {
            around.ended.push(error);
            throw error;
          }
        },
      },
    },
  };
  const server = createServer({ transport, contract: chat, extensions: [limit] });
  const errors: unknown[] = [];
  server.on("handlerError", ({ error }) => errors.push(error));
  const unused = (): never => {
    throw new Error("not called");
  };
  server.implement({ count: unused, sum: unused, echo: unused, files: unused, ...handlers });
  await server.listen();
  const client = createClient({ transport, contract: chat });
  return {
    client,
    server,
    around,
    errors,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server.close();
    },
  };
}

async function* slowly(): AsyncGenerator<number> {
  yield 1;
  await new Promise(() => {});
}

describe("a stream whose caller leaves", () => {
  test("ends for the extensions around its handler, too", async () => {
    await using both = await ends({
      async *count() {
        for (let n = 0; ; n++) yield n;
      },
    });
    for await (const n of both.client.methods.count()) if (n === 3) break;
    await until(() => both.around.ended.length > 0);
    expect(both.around).toEqual({ begun: 1, ended: [499] });
  });

  test("is no error of a handler that reads its upload", async () => {
    await using both = await ends({
      async sum(_input, { upload }) {
        let sum = 0;
        for await (const n of upload) sum += n;
        return sum;
      },
      async *echo(_input, { upload }) {
        for await (const n of upload) yield n;
      },
    });
    const controller = new AbortController();
    const sum = both.client.methods.sum(slowly(), { signal: controller.signal });
    await until(() => both.around.begun === 1);
    controller.abort();
    await expect(sum).rejects.toMatchObject({ code: "Cancelled" });
    for await (const n of both.client.methods.echo(slowly())) if (n === 1) break;
    await until(() => both.around.ended.length === 2);
    expect(both.around.ended).toEqual([499, 499]);
    expect(both.errors).toEqual([]);
  });

  test("ends the items of a handler that was still making them", async () => {
    let goOn = (): void => {};
    const opened = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const log: string[] = [];
    const cursor = {
      [Symbol.asyncIterator]: () => ({
        next: async () => {
          log.push("next");
          return { done: false as const, value: 1 };
        },
        return: async () => {
          log.push("return");
          return { done: true as const, value: undefined };
        },
      }),
    };
    await using both = await ends({
      async count() {
        await opened;
        return cursor;
      },
    });
    const items = both.client.methods.count();
    const first = items.next();
    await until(() => both.around.begun === 1);
    await items.return();
    await first;
    let cancelled = 0;
    both.server.on("cancelled", () => cancelled++);
    await until(() => cancelled === 1);
    goOn();
    await until(() => both.around.ended.length > 0);
    expect(log).toEqual(["return"]);
  });
});

describe("bytes of a contract", () => {
  test("travel in a stream as they are, even if they are called JSON", async () => {
    await using both = await ends({
      async *files(_input, { upload }) {
        for await (const file of upload) yield file;
      },
    });
    const files = ["{}", "no JSON"].map((text) => new TextEncoder().encode(text));
    const back: Uint8Array[] = [];
    for await (const file of both.client.methods.files(files)) back.push(file);
    expect(back).toEqual(files);
  });
});
