import { encodeText } from "@porthos-rpc/protocol";

const OFFSET_BASIS = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;

/**
 * FNV-1a, 64 bits, of a text in UTF-8: 16 hex digits. Tells versions apart, and withstands nobody who wants two to be
 * the same.
 * @see draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm"
 */
export function fnv1a(text: string): string {
  let hash = OFFSET_BASIS;
  for (const byte of encodeText(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * PRIME);
  return hash.toString(16).padStart(16, "0");
}
