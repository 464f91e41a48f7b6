import type { Codec } from "@porthos-rpc/protocol";
import { type DecodeOptions, decode, type EncodeOptions, encode, Token, Type } from "cborg";
import {
  mapDecoder,
  mapEncoder,
  TAG_BIGINT_NEG,
  TAG_BIGINT_POS,
  TAG_DATE_EPOCH,
  TAG_MAP,
} from "cborg/taglib";
import { binaryCodec } from "./binary-codec.js";
import { cborHead } from "./cbor-head.js";
import { validDate } from "./valid-date.js";

/** Of a bigint: some 10,000 decimal digits. */
const MAX_BIGINT_BYTES = 4_152;
const MAX_BIGINT = 2n ** BigInt(8 * MAX_BIGINT_BYTES) - 1n;

const ENCODING: EncodeOptions = {
  ignoreUndefinedProperties: true,
  // Members stay in the order in which they are.
  mapSorter: () => 0,
  typeEncoders: {
    bigint: (value: bigint) => {
      const [tag, size] = value < 0n ? [TAG_BIGINT_NEG, -1n - value] : [TAG_BIGINT_POS, value];
      return [new Token(Type.tag, tag), new Token(Type.bytes, bytesOf(size))];
    },
    Date: (date: Date) => [
      new Token(Type.tag, TAG_DATE_EPOCH),
      new Token(Type.float, date.getTime() / 1_000),
    ],
    Map: mapEncoder,
  },
};

const DECODING: DecodeOptions = {
  allowIndefinite: false,
  rejectDuplicateMapKeys: true,
  tags: {
    [TAG_DATE_EPOCH]: (content) => {
      const seconds = content();
      return validDate(typeof seconds === "number" ? millisecondsOf(seconds) : undefined);
    },
    [TAG_BIGINT_POS]: (content) => bigintOf(content()),
    [TAG_BIGINT_NEG]: (content) => -1n - bigintOf(content()),
    [TAG_MAP]: mapDecoder,
  },
};

/**
 * CBOR (RFC 8949) for the values of contracts: beside what JSON can say, Uint8Array, Date, Map with any keys, NaN, Infinity, and bigint of up to 4,152 bytes.
 * Whole numbers that are too large for a number arrive as bigint.
 */
export function cbor(): Codec {
  return binaryCodec({
    name: "CBOR",
    contentType: "application/cbor",
    read: cborHead,
    bigint: (value) => (value < 0n ? -1n - value : value) <= MAX_BIGINT,
    maps: true,
    encode: (value) => encode(value, ENCODING),
    decode: (body) => decode(body, DECODING),
  });
}

function bytesOf(value: bigint): Uint8Array {
  const hex = value.toString(16);
  const even = hex.padStart(hex.length + (hex.length % 2), "0");
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @throws {TypeError} */
function bigintOf(bytes: unknown): bigint {
  if (!(bytes instanceof Uint8Array) || bytes.length > MAX_BIGINT_BYTES)
    throw new TypeError("it has a bigint that is none, or too large");
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  return BigInt(`0x0${digits.join("")}`);
}

/** Part by part: of a time in a far century the product of the whole would be a millisecond off. */
function millisecondsOf(seconds: number): number {
  const whole = Math.trunc(seconds);
  return whole * 1_000 + Math.round((seconds - whole) * 1_000);
}
