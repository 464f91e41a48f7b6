import type { Head, ReadHead } from "./form-fault.js";

/** Major types of RFC 8949, 3.1. */
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;

/** How many bytes of argument follow the first. */
const ONE_BYTE = 24;
const EIGHT_BYTES = 27;

/** What begins at a byte of CBOR. */
export const cborHead: ReadHead = (view, at, head) => {
  const byte = view.getUint8(at);
  const major = byte >> 5;
  const info = byte & 0x1f;
  if (info > EIGHT_BYTES) return "it has something of a length that it does not say";
  const size = info < ONE_BYTE ? 0 : 2 ** (info - ONE_BYTE);
  // Also of those that need none: it says whether it is there.
  const argument = size === 0 ? info : argumentAt(view, at + 1, size);
  set(head, at + 1 + size, -1, 0);
  if (major === BYTES || major === TEXT) head.next += argument;
  else if (major === ARRAY) head.children = argument;
  else if (major === MAP) set(head, head.next, 2 * argument, argument);
  else if (major === TAG) head.children = 1;
  else if (major === SIMPLE && info === ONE_BYTE) return "it has a simple value that nobody knows";
  return undefined;
};

function argumentAt(view: DataView, at: number, size: number): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at);
  if (size === 4) return view.getUint32(at);
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4);
}

function set(head: Head, next: number, children: number, keys: number): void {
  head.next = next;
  head.children = children;
  head.keys = keys;
}
