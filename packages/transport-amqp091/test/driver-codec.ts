import { createRequire } from "node:module";
import { dirname, join } from "node:path";

interface Codec {
  encodeTable(into: Buffer, table: object, at: number): number;
  decodeFields(bytes: Buffer): Record<string, unknown>;
}

const require = createRequire(import.meta.url);

/** amqplib's own codec, which its package does not export: what we encode for it and decode instead of it is held against it. */
export const driverCodec = require(join(dirname(require.resolve("amqplib")), "lib/codec.js")) as Codec;

/** A table as amqplib writes it. */
export function encodedTable(table: object): Buffer {
  const into = Buffer.alloc(65_536);
  return into.subarray(0, driverCodec.encodeTable(into, table, 0));
}
