import { compression } from "@porthos-rpc/extension-compression";
import type { Extension } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Stage } from "../stage.js";
import { rows } from "./rows.js";

const large = { text: "all work and no play ".repeat(10_000) };
const bytes = JSON.stringify(large).length;

/** How much a part of `compression()` has done. */
const workOf = (extension: ReturnType<typeof compression>, side: "client" | "server") =>
  extension[side]?.describe?.() as { readonly packed: number; readonly unpacked: number };

describe.each(rows)("compression, over %s", { concurrent: true }, (_title, row) => {
  test("large answers travel compressed to a client that can read them, and as they are to one that cannot", async () => {
    await using stage = new Stage(row, "compression");
    const onServer = compression();
    const onClient = compression();
    await stage.server({ echo: (request) => request.json(), small: () => 1 }, { extensions: [onServer] });
    const reading = await stage.client({ extensions: [onClient] });
    const plain = await stage.client();
    expect((await reading.call("echo").withMap(large).sync()).json()).toEqual(large);
    expect((await reading.call("small").sync()).json()).toBe(1);
    expect((await reading.call("nothing").sync()).statusCode).toBe(404);
    expect((await plain.call("echo").withMap(large).sync()).json()).toEqual(large);
    expect(workOf(onServer, "server")).toMatchObject({ packed: 1, unpacked: 0 });
    expect(workOf(onClient, "client")).toMatchObject({ packed: 0, unpacked: 1 });
  });

  test("requests are compressed once a service has shown that it can read them; one that cannot never sees any", async () => {
    await using stage = new Stage(row, "compression");
    const onServer = compression();
    const server = await stage.server({ size: (request) => request.body.length }, { extensions: [onServer] });
    await using old = new Stage(row, "compression");
    await old.server({ size: (request) => request.body.length });
    const known = compression({ requests: "known" });
    const toOld = compression({ requests: "known" });
    const client = await stage.client({ extensions: [known] });
    const clientOfOld = await old.client({ extensions: [toOld] });
    for (let n = 0; n < 3; n++) {
      for (const each of [client, clientOfOld])
        expect((await each.call("size").withMap(large).sync()).json()).toBe(bytes);
    }
    expect(workOf(known, "client").packed).toBe(2);
    expect(workOf(toOld, "client").packed).toBe(0);
    expect(server.describe().extensions).toMatchObject([{ name: "compression", wire: true, phase: "trace" }]);
  });

  test("a request that unpacks to more than is taken is refused before it fills the memory, and the next one is answered", async () => {
    await using stage = new Stage(row, "compression");
    const extensions = [compression({ maxBodyBytes: 50_000 })];
    let ran = 0;
    await stage.server({ size: () => ++ran }, { extensions });
    const client = await stage.client({ extensions: [compression({ requests: "always" })] });
    const refused = await client.call("size").withMap(large).sync();
    expect(refused.statusCode).toBe(413);
    expect(refused.json()).toMatchObject({
      executed: "no",
      detail:
        "the request cannot be used: unpacked, it has more than 50000 bytes (maxBodyBytes of compression)",
    });
    // Says so of what it is not.
    const lying: Extension = {
      name: "lying",
      apiVersion: 1,
      client: {
        wire: {
          outgoing: (message) => ({
            ...message,
            headers: new Map(message.headers).set("porthos-encoding", "gzip"),
          }),
        },
      },
    };
    const liar = await stage.client({ extensions: [lying] });
    expect((await liar.call("size").withMap({ a: 1 }).sync()).statusCode).toBe(400);
    const stranger = await stage.client();
    expect((await stranger.call("size").withMap({ a: 1 }).sync()).json()).toBe(1);
  });

  test("large items of a stream travel compressed, and arrive in their order", async () => {
    await using stage = new Stage(row, "compression");
    const onServer = compression();
    const items = [1, 20_000, 2, 50_000, 3, 100].map((length, index) => ({
      index,
      text: "x".repeat(length),
    }));
    await stage.server(
      {},
      { extensions: [onServer] },
      {
        items: async function* () {
          for (const item of items) {
            yield item;
            await new Promise(setImmediate);
          }
        },
      },
    );
    for (const extensions of [[compression()], []]) {
      const client = await stage.client({ extensions });
      const read: unknown[] = [];
      for await (const item of client.call("items").stream()) read.push(item);
      expect(read).toEqual(items);
    }
    expect(workOf(onServer, "server").packed).toBe(2);
  });
});
