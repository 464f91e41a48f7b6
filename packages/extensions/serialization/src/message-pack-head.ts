import type { Head, ReadHead } from "./form-fault.js";

/** The only extension type that is read: a time. */
const TIMESTAMP = -1;

/** Bytes after the first of 0xca to 0xd3: floats, and whole numbers without and with a sign. */
const NUMBER_BYTES = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];

/** What begins at a byte of MessagePack. */
export const messagePackHead: ReadHead = (view, at, head) => {
  const byte = view.getUint8(at);
  if (byte < 0x80 || byte >= 0xe0) return leaf(head, at + 1);
  if (byte < 0x90) return map(head, at + 1, byte & 0x0f);
  if (byte < 0xa0) return array(head, at + 1, byte & 0x0f);
  if (byte < 0xc0) return leaf(head, at + 1 + (byte & 0x1f));
  if (byte === 0xc1) return "it has a byte 0xc1, which means nothing";
  if (byte < 0xc4) return leaf(head, at + 1);
  if (byte < 0xc7) return sized(view, at, byte - 0xc4, head);
  if (byte < 0xca)
    return extension(view, at + 1 + 2 ** (byte - 0xc7), lengthAt(view, at + 1, byte - 0xc7), head);
  if (byte < 0xd4) return leaf(head, at + 1 + (NUMBER_BYTES[byte - 0xca] as number));
  if (byte < 0xd9) return extension(view, at + 1, 2 ** (byte - 0xd4), head);
  if (byte < 0xdc) return sized(view, at, byte - 0xd9, head);
  const size = 1 + (byte & 1);
  const start = at + 1 + 2 ** size;
  const count = lengthAt(view, at + 1, size);
  return byte < 0xde ? array(head, start, count) : map(head, start, count);
};

/** @param size 0, 1 or 2: of 1, 2 or 4 bytes */
function lengthAt(view: DataView, at: number, size: number): number {
  if (size === 0) return view.getUint8(at);
  return size === 1 ? view.getUint16(at) : view.getUint32(at);
}

/** Bytes or a text, after their length. */
function sized(view: DataView, at: number, size: number, head: Head): undefined {
  return leaf(head, at + 1 + 2 ** size + lengthAt(view, at + 1, size));
}

function extension(view: DataView, at: number, length: number, head: Head): string | undefined {
  if (view.getInt8(at) !== TIMESTAMP) return "it has an extension type that nobody knows";
  return leaf(head, at + 1 + length);
}

function leaf(head: Head, next: number): undefined {
  head.next = next;
  head.children = -1;
  head.keys = 0;
}

function array(head: Head, next: number, count: number): undefined {
  head.next = next;
  head.children = count;
  head.keys = 0;
}

function map(head: Head, next: number, count: number): undefined {
  head.next = next;
  head.children = 2 * count;
  head.keys = count;
}
