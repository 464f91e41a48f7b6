import { createClient } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { cbor, messagePack } from "@porthos-rpc/extension-serialization";
import { type Codec, valuesCodec } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { z } from "zod";

/*
 * One service, whose clients send what they like: MessagePack, CBOR, or the JSON of valuesCodec. Bytes and dates arrive as they are.
 */

const photo = z.object({ taken: z.date(), pixels: z.instanceof(Uint8Array) });
const photos = contract("Photos", { turn: method({ input: photo, output: photo }) });

const transport = memory();
const codecs: readonly Codec[] = [messagePack(), cbor(), valuesCodec];
const server = createServer({ transport, contract: photos, codecs });
server.implement({ turn: ({ taken, pixels }) => ({ taken, pixels: pixels.toReversed() }) });
await server.listen();

const sent = {
  taken: new Date("2026-01-01T12:00:00Z"),
  pixels: Uint8Array.from({ length: 100 }, (_, n) => n),
};
for (const codec of codecs) {
  const client = createClient({ transport, contract: photos, codec });
  const { taken, pixels } = await client.methods.turn(sent);
  const bytes = codec.encode(sent).length;
  console.log(`${codec.contentType}: ${bytes} bytes, ${taken.toISOString()}, ${pixels[0]}`);
  await client.close();
}
await server.shutdown();
