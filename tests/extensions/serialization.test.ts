import { createClient } from "@porthos-rpc/client";
import { contract, method, stream } from "@porthos-rpc/contract";
import { cbor, messagePack } from "@porthos-rpc/extension-serialization";
import type { Codec, Extension } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Stage } from "../stage.js";
import { rows } from "./rows.js";

const value = z.object({
  at: z.date(),
  bytes: z.instanceof(Uint8Array),
  big: z.bigint(),
  list: z.array(z.number()),
});

const contractOf = (service: string) =>
  contract(service, {
    echo: method({ input: value, output: value }),
    repeat: stream({ input: value, output: value }),
  });

const sent = {
  at: new Date(1_767_225_600_001),
  bytes: Uint8Array.of(0, 255, 7),
  big: 2n ** 60n,
  list: [1, -2.5, 2 ** 40],
};

/** What a client with that codec says, on a server that has both. */
async function clientOf(stage: Stage, codec: Codec | undefined, extensions: readonly Extension[] = []) {
  const api = contractOf(stage.service);
  const client = createClient({
    transport: await stage.transport(),
    contract: api,
    extensions,
    ...(codec === undefined ? {} : { codec }),
  });
  stage.add(client);
  return client;
}

async function serve(stage: Stage): Promise<void> {
  const transport = await stage.transport();
  const server = createServer({
    transport,
    contract: contractOf(stage.service),
    codecs: [messagePack(), cbor()],
  });
  server.implement({
    echo: (input) => input,
    repeat: async function* (input) {
      yield input;
      yield input;
    },
  });
  stage.add(server);
  await server.listen();
}

/** Sends something else for the body. */
const spoiling = (body: Uint8Array): Extension => ({
  name: "spoiling",
  apiVersion: 1,
  client: { wire: { outgoing: (message) => ({ ...message, body }) } },
});

describe.each(rows)("contracts over %s", { concurrent: true }, (_title, row) => {
  test.each([
    ["MessagePack", messagePack()],
    ["CBOR", cbor()],
  ])("travel as %s with all that JSON cannot say, streams among them", async (_name, codec) => {
    await using stage = new Stage(row, "serialization");
    await serve(stage);
    const client = await clientOf(stage, codec);
    expect(await client.methods.echo(sent)).toEqual(sent);
    const items: unknown[] = [];
    for await (const item of client.methods.repeat(sent)) items.push(item);
    expect(items).toEqual([sent, sent]);
  });

  test("answer 400 to bytes that are none, run nothing, and go on", async () => {
    await using stage = new Stage(row, "serialization");
    await serve(stage);
    const hostile = Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff);
    for (const codec of [messagePack(), cbor()]) {
      const liar = await clientOf(stage, codec, [spoiling(hostile)]);
      await expect(liar.methods.echo(sent)).rejects.toMatchObject({ status: 400, executed: "no" });
    }
    expect(await (await clientOf(stage, cbor())).methods.echo(sent)).toEqual(sent);
  });

  test("answer 415 where a server does not know the form", async () => {
    await using stage = new Stage(row, "serialization");
    await serve(stage);
    const codec = messagePack({ contentType: "application/x-msgpack" });
    await expect((await clientOf(stage, codec)).methods.echo(sent)).rejects.toMatchObject({
      status: 415,
      executed: "no",
    });
  });
});
