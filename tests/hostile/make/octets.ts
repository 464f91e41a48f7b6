import type { Bytes } from "../entry.js";

/** Numbers and texts as 0-9-1 has them. */
export function u8(value: number): Bytes {
  return { hex: (value & 0xff).toString(16).padStart(2, "0") };
}

export function u16(value: number): Bytes {
  return { hex: value.toString(16).padStart(4, "0") };
}

export function u32(value: number): Bytes {
  return { hex: value.toString(16).padStart(8, "0") };
}

export function u64(value: bigint): Bytes {
  return { hex: BigInt.asUintN(64, value).toString(16).padStart(16, "0") };
}

export function short(text: string): Bytes {
  return [u8(Buffer.byteLength(text)), text];
}

export function long(text: string): Bytes {
  return [u32(Buffer.byteLength(text)), text];
}
