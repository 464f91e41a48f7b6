import type { JsonLimits } from "@porthos-rpc/protocol";

/** What begins at some byte: one value, or what holds others. */
export interface Head {
  /** Where what follows it begins: after all its bytes, or after its own of what holds others. */
  next: number;
  /** How many values stand in it, a map's keys among them; -1: it holds none, ever. */
  children: number;
  /** How many of them are keys. */
  keys: number;
}

/** Reads what begins there. @throws {RangeError} where bytes are missing @returns what is wrong with it */
export type ReadHead = (view: DataView, at: number, head: Head) => string | undefined;

const CUT = "it is cut short, or claims more than it has";

/**
 * What is too much about a body, or wrong with its form, in words for whoever sent it; undefined if nothing is. Before a library reads it: a few bytes
 * may claim billions of values, or a depth that no stack has room for. It costs no more memory than the depth that is allowed.
 */
export function formFault(
  body: Uint8Array,
  { maxJsonDepth, maxJsonKeys }: JsonLimits,
  read: ReadHead,
): string | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const head: Head = { next: 0, children: 0, keys: 0 };
  /** Of each value that is open, how many are to come in it. */
  const open: number[] = [];
  let keys = 0;
  try {
    do {
      const fault = read(view, head.next, head);
      if (fault !== undefined) return fault;
      // Each value takes a byte at least.
      if (head.next + Math.max(0, head.children) > body.length) return CUT;
      keys += head.keys;
      if (keys > maxJsonKeys) return `it has more than ${maxJsonKeys} keys (maxJsonKeys)`;
      if (open.length > 0) open[open.length - 1] = (open.at(-1) as number) - 1;
      if (head.children >= 0) open.push(head.children);
      if (open.length > maxJsonDepth) return `it is deeper than ${maxJsonDepth} levels (maxJsonDepth)`;
      while (open.at(-1) === 0) open.pop();
    } while (open.length > 0);
  } catch (error) {
    if (error instanceof RangeError) return CUT;
    throw error;
  }
  return head.next === body.length ? undefined : "there is more after its end";
}
