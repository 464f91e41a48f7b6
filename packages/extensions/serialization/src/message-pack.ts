import {
  Decoder,
  decodeTimestampToTimeSpec,
  Encoder,
  EXT_TIMESTAMP,
  ExtensionCodec,
  encodeTimestampExtension,
} from "@msgpack/msgpack";
import { type Codec, checkKnown, checkOneOf } from "@porthos-rpc/protocol";
import { binaryCodec } from "./binary-codec.js";
import { messagePackHead } from "./message-pack-head.js";
import { validDate } from "./valid-date.js";

export interface MessagePackOptions {
  /** What it is called on the wire: the registered name is the second. @default "application/msgpack" */
  readonly contentType?: "application/msgpack" | "application/vnd.msgpack" | "application/x-msgpack";
}

const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * MessagePack for the values of contracts: beside what JSON can say, Uint8Array, Date, NaN, Infinity, and bigint of 64 bits. Whole numbers of
 * 64 bits arrive as bigint.
 * @throws {TypeError} for a wrong option, by name.
 */
export function messagePack(options: MessagePackOptions = {}): Codec {
  checkKnown("messagePack", options, ["contentType"]);
  const types = ["application/msgpack", "application/vnd.msgpack", "application/x-msgpack"] as const;
  const contentType = checkOneOf("messagePack", "contentType", options.contentType, types, types[0]);
  const extensionCodec = new ExtensionCodec();
  extensionCodec.register({
    type: EXT_TIMESTAMP,
    encode: encodeTimestampExtension,
    decode: (data) => {
      const { sec, nsec } = decodeTimestampToTimeSpec(data);
      return validDate(sec * 1_000 + nsec / 1_000_000);
    },
  });
  // Deeper than any limit: those are held before.
  const encoder = new Encoder({ extensionCodec, useBigInt64: true, ignoreUndefined: true, maxDepth: 2_000 });
  const decoder = new Decoder({ extensionCodec, useBigInt64: true });
  return binaryCodec({
    name: "MessagePack",
    contentType,
    read: messagePackHead,
    bigint: (value) => value >= MIN_INT64 && value <= MAX_UINT64,
    maps: false,
    encode: (value) => encoder.encode(value),
    decode: (body) => decoder.decode(body),
  });
}
