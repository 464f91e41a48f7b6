import { AsyncLocalStorage } from "node:async_hooks";
import { ambientTimeLeftMs, followDeadlines } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { settle } from "../test/watch.js";
import { withinDeadline } from "./ambient-source.js";

interface Results {
  next(): unknown;
  return?(): unknown;
}

/** As whoever pulls uses it. */
const within = (source: unknown, timeLeftMs = 100): Results =>
  withinDeadline(source as never, { timeLeftMs }) as unknown as Results;

// As a client does that this process has.
followDeadlines();

const item = (value: unknown) => ({ done: false, value });
const DONE = { done: true, value: undefined };

describe("the items of a handler", () => {
  it("are made within the deadline of its request, after each yield, too, whoever asks for them", async () => {
    const seen: unknown[] = [];
    async function* body(): AsyncGenerator<number> {
      for (let n = 0; n < 3; n++) {
        seen.push(ambientTimeLeftMs());
        await settle();
        seen.push(ambientTimeLeftMs());
        yield n;
      }
    }
    const items = within(body(), 100);
    for (let n = 0; n < 3; n++) {
      expect(await items.next()).toEqual(item(n));
      expect(ambientTimeLeftMs()).toBeUndefined();
    }
    expect(await items.next()).toEqual(DONE);
    expect(seen).toEqual(Array(6).fill(100));
  });

  it("are made within what is left at that moment", () => {
    const deadline = { timeLeftMs: 100 };
    const items = withinDeadline(
      (function* () {
        for (;;) yield ambientTimeLeftMs();
      })(),
      deadline,
    ) as unknown as Results;
    expect(items.next()).toEqual(item(100));
    deadline.timeLeftMs = 40;
    expect(items.next()).toEqual(item(40));
  });

  it("are made within what else follows the handler's code, as a trace does", async () => {
    const trace = new AsyncLocalStorage<string>();
    async function* body(): AsyncGenerator<unknown> {
      for (;;) {
        await settle();
        yield trace.getStore();
      }
    }
    const items = trace.run("the handler's", () => within(body()));
    for (let n = 0; n < 2; n++) expect(await items.next()).toEqual(item("the handler's"));
    expect(trace.getStore()).toBeUndefined();
  });

  it("are ended within it as well: a finally may still call somebody", async () => {
    const seen: unknown[] = [];
    async function* body(): AsyncGenerator<number> {
      try {
        yield 1;
      } finally {
        seen.push(ambientTimeLeftMs());
      }
    }
    const items = within(body());
    await items.next();
    await items.return?.();
    expect(seen).toEqual([100]);
    expect(ambientTimeLeftMs()).toBeUndefined();
  });

  it.each<[string, unknown, readonly unknown[]]>([
    ["an array", [1, 2], [1, 2]],
    ["a set", new Set([1, 2]), [1, 2]],
    ["an iterator", [1, 2].values(), [1, 2]],
    ["a text, by its characters", "ab", ["a", "b"]],
  ])("are those of whatever can be iterated: %s", (_, source, expected) => {
    const items = within(source);
    expect(expected.map(() => items.next())).toEqual(expected.map(item));
    expect(items.next()).toEqual(DONE);
  });

  it("come from the asynchronous iterator where there are two", async () => {
    const source = {
      [Symbol.iterator]: () => [1].values(),
      async *[Symbol.asyncIterator]() {
        yield 2;
      },
    };
    expect(await within(source).next()).toEqual(item(2));
  });

  it("are asked for with the iterator as this, and what it throws is thrown", () => {
    const thrown = new Error("no more");
    const own = {
      left: 1,
      next(): unknown {
        if (this.left-- === 0) throw thrown;
        return item(this.left);
      },
    };
    const items = within(own);
    expect(items.next()).toEqual(item(0));
    expect(() => items.next()).toThrow(thrown);
  });

  it("cannot be ended where their source cannot", () => {
    expect("return" in within({ next: () => DONE })).toBe(false);
    expect("return" in within({ next: () => DONE, return: null })).toBe(false);
    expect("return" in within({ next: () => DONE, return: undefined })).toBe(false);
    expect(within({ next: () => DONE, return: () => DONE }).return?.()).toEqual(DONE);
  });

  it.each([[undefined], [null], [7], [{}], [Promise.resolve([1])], [() => [1]]])(
    "must be of something that can be iterated: %s",
    (source: unknown) => {
      expect(() => within(source)).toThrow(TypeError);
      expect(() => within(source)).toThrow(/iterable/);
    },
  );
});
