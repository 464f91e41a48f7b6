/** Bytes at which decoders decide: types, lengths, limits of numbers, and JSON's own. */
const TELLING = Uint8Array.from([
  0, 1, 2, 4, 0x22, 0x24, 0x2c, 0x3a, 0x40, 0x41, 0x43, 0x44, 0x45, 0x46, 0x49, 0x53, 0x54, 0x56, 0x5b, 0x5c,
  0x5d, 0x5f, 0x6c, 0x70, 0x71, 0x73, 0x74, 0x75, 0x77, 0x78, 0x7b, 0x7d, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x98,
  0xa0, 0xa1, 0xa3, 0xb0, 0xb1, 0xc0, 0xc1, 0xce, 0xd0, 0xd1, 0xe0, 0xf0, 0xfe, 0xff,
]);

const MAX_BYTES = 4_096;

type Change = (bytes: Uint8Array, at: number, random: () => number, other: Uint8Array) => Uint8Array;

function upTo(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}

function telling(random: () => number): number {
  return TELLING[upTo(random, TELLING.length)] as number;
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + removed));
  const result = new Uint8Array(at + added.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(rest, at + added.length);
  return result;
}

const CHANGES: readonly Change[] = [
  (bytes, at, random) => spliced(bytes, at, 1, Uint8Array.of(upTo(random, 256))),
  (bytes, at, random) => spliced(bytes, at, 1, Uint8Array.of(telling(random))),
  (bytes, at, random) => spliced(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) ^ (1 << upTo(random, 8)))),
  (bytes, at, random) => spliced(bytes, at, 1, Uint8Array.of((bytes[at] ?? 0) + (random() < 0.5 ? 1 : 255))),
  (bytes, at, random) => spliced(bytes, at, 0, Uint8Array.of(telling(random))),
  (bytes, at, random) => spliced(bytes, at, 1 + upTo(random, 8), new Uint8Array(0)),
  (bytes, at) => bytes.slice(0, at),
  (bytes, at, random) => spliced(bytes, at, 0, bytes.subarray(at, at + 1 + upTo(random, 32))),
  (bytes, at, random) => spliced(bytes, at, 4, Uint8Array.of(0, 0, upTo(random, 2), upTo(random, 256))),
  (bytes, at, random, other) => {
    const from = upTo(random, other.length + 1);
    return spliced(bytes, at, upTo(random, 16), other.subarray(from, from + 1 + upTo(random, 64)));
  },
];

/** A neighbour of the bytes: one to four changes away. @param other another input, of which parts may be taken */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  let changed = bytes;
  for (let times = 1 + upTo(random, 4); times > 0; times--) {
    const change = CHANGES[upTo(random, CHANGES.length)] as Change;
    changed = change(changed, upTo(random, changed.length + 1), random, other);
  }
  return changed.length > MAX_BYTES ? changed.slice(0, MAX_BYTES) : changed;
}
