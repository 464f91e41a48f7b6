import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Puller, Source, type StreamSource } from "./source.js";

/** Pulls again for every item, and keeps what it hears. */
function setup(from: StreamSource<unknown>, on: { item?: (item: unknown, source: Source) => void } = {}) {
  const log: string[] = [];
  const puller: Puller = {
    onItem: (item) => {
      log.push(String(item));
      if (on.item === undefined) source.pull();
      else on.item(item, source);
    },
    onDone: () => void log.push("done"),
    onThrow: (error) => void log.push(`threw ${String(error)}`),
    onLate: (error) => void log.push(`late ${String(error)}`),
  };
  const source = new Source(from, puller);
  return { log, source };
}

/** An iterator that is asked for everything by hand. */
class Manual implements AsyncIterator<unknown> {
  readonly calls: string[] = [];
  resolve!: (result: IteratorResult<unknown>) => void;
  reject!: (error: unknown) => void;

  next(): Promise<IteratorResult<unknown>> {
    this.calls.push("next");
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  return(): Promise<IteratorResult<unknown>> {
    this.calls.push("return");
    return Promise.resolve({ done: true, value: undefined });
  }
}

describe("Source", () => {
  it.each<[string, () => StreamSource<unknown>]>([
    ["an array", () => [1, 2]],
    ["an array with promises in it", () => [Promise.resolve(1), 2]],
    ["a generator", () => [1, 2].values()],
    ["an iterator that is not iterable", () => iteratorOnly([1, 2].values())],
    ["an async generator", () => asyncOf([1, 2])],
    ["an async iterator that is not iterable", () => iteratorOnly(asyncOf([1, 2]))],
    ["a stream of the web", () => new ReadableStream({ start: (c) => fill(c, [1, 2]) })],
  ])("takes all items of %s in their order, and its end", async (_, from) => {
    const { source, log } = setup(from());
    source.pull();
    await setImmediate();
    expect(log).toEqual(["1", "2", "done"]);
  });

  it.each([undefined, null, 5, {}, () => {}])("refuses to be made of %s", (from) => {
    expect(() => setup(from as never)).toThrow(TypeError);
  });

  it("tells what a source throws, and does not end it then", async () => {
    const failing = {
      [Symbol.asyncIterator]: () => failing,
      next: () => Promise.reject(new Error("x")),
      return: () => expect.unreachable(),
    };
    const { source, log } = setup(failing);
    source.pull();
    await setImmediate();
    source.stop();
    expect(log).toEqual(["threw Error: x"]);
  });

  it("tells what next() throws instead of rejecting", () => {
    const { source, log } = setup({
      next: () => {
        throw new Error("x");
      },
    });
    source.pull();
    expect(log).toEqual(["threw Error: x"]);
  });

  it.each([
    ["nothing", undefined, "TypeError: next() of the stream's source gave undefined"],
    [
      "a result whose value throws",
      {
        done: false,
        get value(): unknown {
          throw new Error("x");
        },
      },
      "Error: x",
    ],
  ])("takes %s from next() for a failure", (_, result, told) => {
    const { source, log } = setup({ next: () => result as IteratorResult<unknown> });
    source.pull();
    expect(log).toEqual([`threw ${told}`]);
  });

  it("ends an iterator one of whose promised items fails, since that one could go on", async () => {
    const calls: string[] = [];
    const { source, log } = setup({
      next: () => ({ done: false, value: Promise.reject(new Error("x")) }),
      return: () => {
        calls.push("return");
        return { done: true, value: undefined };
      },
    });
    source.pull();
    await setImmediate();
    source.stop();
    expect(log).toEqual(["threw Error: x"]);
    expect(calls).toEqual(["return"]);
  });

  it("ends an iterator once, without waiting for a next() that is under way, and drops its item", async () => {
    const manual = new Manual();
    const { source, log } = setup(manual);
    source.pull();
    source.stop();
    source.stop();
    expect(manual.calls).toEqual(["next", "return"]);
    manual.resolve({ done: false, value: 1 });
    await setImmediate();
    expect(log).toEqual([]);
  });

  it("tells what the next() that was under way throws afterwards", async () => {
    const manual = new Manual();
    const { source, log } = setup(manual);
    source.pull();
    source.stop();
    manual.reject(new Error("aborted"));
    await setImmediate();
    expect(log).toEqual(["late Error: aborted"]);
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("x");
      },
    ],
    ["rejects with", () => Promise.reject(new Error("x"))],
  ])("tells what return() %s", async (_, end) => {
    const { source, log } = setup({ next: () => new Promise<never>(() => {}), return: end as never });
    source.pull();
    source.stop();
    await setImmediate();
    expect(log).toEqual(["late Error: x"]);
  });

  it("ends a source that has no return()", () => {
    const { source, log } = setup({ next: () => new Promise<never>(() => {}) });
    source.pull();
    source.stop();
    expect(log).toEqual([]);
  });

  it("ends one that was never pulled", () => {
    const manual = new Manual();
    const { source } = setup(manual);
    source.stop();
    expect(manual.calls).toEqual(["return"]);
  });

  it("does not end one that has ended by itself", () => {
    const { source, log } = setup({
      next: () => ({ done: true, value: undefined }),
      return: () => expect.unreachable(),
    });
    source.pull();
    source.stop();
    expect(log).toEqual(["done"]);
  });

  it("can be stopped by a generator's own code, which is ended as soon as it has given its item", () => {
    let ended = 0;
    let stop = (): void => {};
    const { source, log } = setup(
      (function* () {
        try {
          stop();
          yield 1;
        } finally {
          ended++;
        }
      })(),
    );
    stop = () => source.stop();
    source.pull();
    expect(log).toEqual([]);
    expect(ended).toBe(1);
  });

  it("can be stopped by whoever takes an item", () => {
    let ended = 0;
    const { source, log } = setup(
      (function* () {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          ended++;
        }
      })(),
      { item: (item, from) => (item === 2 ? from.stop() : from.pull()) },
    );
    source.pull();
    expect(log).toEqual(["0", "1", "2"]);
    expect(ended).toBe(1);
  });
});

function iteratorOnly(iterator: { next(): unknown }): StreamSource<unknown> {
  return { next: () => iterator.next() } as Iterator<unknown>;
}

async function* asyncOf(items: readonly unknown[]): AsyncGenerator<unknown> {
  yield* items;
}

function fill(controller: ReadableStreamDefaultController, items: readonly unknown[]): void {
  for (const item of items) controller.enqueue(item);
  controller.close();
}
