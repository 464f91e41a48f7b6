import { afterEach, describe, expect, it, vi } from "vitest";
import { itemsFrame, type ReaderSetup, readAll, setupReader as setup } from "../../test/reader-setup.js";
import { type Codec, Codecs } from "../content.js";
import { RpcError } from "../errors.js";
import { jsonCodec } from "../json-codec.js";
import { encodeText } from "../text.js";

let made: ReaderSetup[] = [];

const setupReader: typeof setup = (...args) => {
  const created = setup(...args);
  made.push(created);
  return created;
};

afterEach(() => {
  for (const { reader, wheel, clock } of made) {
    reader.abort(new Error("over"));
    expect(reader.buffered).toBe(0);
    expect(wheel.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  }
  made = [];
});

const END = { done: true, value: undefined };
const item = (value: unknown): object => ({ done: false, value });

describe("StreamReader", () => {
  describe("reading", () => {
    it("gives items in their order, and then the end", async () => {
      const { reader, push } = setupReader();
      push(1, 2);
      push(3);
      reader.end(3);
      expect(await readAll(reader)).toEqual([1, 2, 3]);
      expect(await reader.next()).toEqual(END);
    });

    it("gives an item to whoever waits for it when it comes", async () => {
      const { reader, push } = setupReader();
      const first = reader.next();
      push(1);
      expect(await first).toEqual(item(1));
    });

    it("serves calls of next() in their order, each with its own item", async () => {
      const { reader, push, quiet } = setupReader();
      const served: unknown[] = [];
      const calls = [1, 2, 3, 4, 5].map((n) => reader.next().then(({ value }) => served.push([n, value])));
      push("a", "b");
      await quiet();
      expect(served).toEqual([
        [1, "a"],
        [2, "b"],
      ]);
      push("c");
      reader.end(3);
      await Promise.all(calls);
      expect(served.slice(2)).toEqual([
        [3, "c"],
        [4, undefined],
        [5, undefined],
      ]);
    });

    it("is its own iterator", () => {
      const { reader } = setupReader();
      expect(reader[Symbol.asyncIterator]()).toBe(reader);
    });

    it("decodes a frame when its first item is read, and nothing that is never read", async () => {
      const decode = vi.fn((body: Uint8Array) => jsonCodec.decode(body));
      const codec: Codec = { ...jsonCodec, decode };
      const { reader, push } = setupReader({ codecs: new Codecs([codec]) });
      push(1, 2);
      push(3, 4);
      expect(decode).toHaveBeenCalledTimes(0);
      await reader.next();
      await reader.next();
      expect(decode).toHaveBeenCalledTimes(1);
      await reader.return();
      expect(decode).toHaveBeenCalledTimes(1);
    });

    it("gives what accept() makes of an item, which is called when it is read", async () => {
      const accept = vi.fn((value: unknown) => `${String(value)}!`);
      const { reader, push } = setupReader({ accept });
      push(1, 2);
      expect(accept).toHaveBeenCalledTimes(0);
      expect(await reader.next()).toEqual(item("1!"));
      expect(accept).toHaveBeenCalledTimes(1);
    });

    it("accepts items one after the other, and gives them in their order", async () => {
      const releases: (() => void)[] = [];
      const { reader, push, quiet } = setupReader({
        accept: (value) => new Promise((resolve) => releases.push(() => resolve(value))),
      });
      push(1, 2, 3);
      const served: unknown[] = [];
      const calls = [1, 2, 3].map(() => reader.next().then(({ value }) => served.push(value)));
      for (const expected of [1, 2, 3]) {
        expect(releases).toHaveLength(1);
        releases.shift()?.();
        await quiet();
        expect(served.at(-1)).toBe(expected);
      }
      await Promise.all(calls);
    });

    it("does not serve a call from inside accept() before those that waited already", async () => {
      let inner: Promise<unknown> | undefined;
      const { reader, push } = setupReader({
        accept: (value) => {
          if (value === 1) inner = reader.next();
          return value;
        },
      });
      const calls = [reader.next(), reader.next()];
      push(1, 2, 3);
      expect(await Promise.all(calls)).toEqual([item(1), item(2)]);
      expect(await inner).toEqual(item(3));
    });

    it("can be read from inside accept()", async () => {
      let inner: Promise<unknown> | undefined;
      const { reader, push } = setupReader({
        accept: (value) => {
          if (value === 1) inner = reader.next();
          return value;
        },
      });
      push(1, 2);
      const outer = await reader.next();
      expect([outer, await inner].map((result) => (result as { value: unknown }).value)).toEqual([1, 2]);
    });
  });

  describe("credit", () => {
    it("is granted in totals, each time half a window has been read", async () => {
      const { reader, push, log } = setupReader();
      push(1, 2, 3, 4);
      const logs: string[][] = [];
      for (let i = 0; i < 4; i++) {
        await reader.next();
        logs.push([...log]);
      }
      expect(logs).toEqual([[], ["credit 6"], ["credit 6"], ["credit 6", "credit 8"]]);
      expect(reader.granted).toBe(8);
    });

    it.each([
      [1, [2, 3, 4, 5, 6, 7]],
      [2, [3, 4, 5, 6, 7, 8]],
      [3, [5, 7, 9]],
      [5, [8, 11]],
    ])("keeps a window of %i going", async (window, totals) => {
      const { reader, push, log } = setupReader({ window });
      for (let i = 0; i < 6; i++) {
        push(i);
        expect((await reader.next()).value).toBe(i);
      }
      expect(log).toEqual(totals.map((total) => `credit ${total}`));
    });

    it("is not granted for what nobody has read, nor after the end", async () => {
      const { reader, push, log } = setupReader();
      push(1, 2, 3, 4);
      reader.end(4);
      await readAll(reader);
      expect(log).toEqual([]);
    });

    it("may bring items at once, which find their readers in order", async () => {
      let sent = 0;
      const { reader, push } = setupReader({
        window: 1,
        port: { credit: () => push(++sent), cancel: () => expect.unreachable() },
      });
      const served: unknown[] = [];
      const calls = [1, 2, 3].map(() => reader.next().then(({ value }) => served.push(value)));
      push(0);
      await Promise.all(calls);
      expect(served).toEqual([0, 1, 2]);
      expect(reader.buffered).toBe(1);
    });
  });

  describe("what cannot be right", () => {
    it.each<[string, (setup: ReaderSetup) => void, object]>([
      [
        "a gap",
        ({ reader }) => reader.push(itemsFrame(4, ["x"])),
        { code: "Unavailable", message: "S.m: items 2 to 3 of the stream did not arrive" },
      ],
      [
        "an item that comes again",
        ({ reader }) => reader.push(itemsFrame(1, ["x"])),
        { code: "BadReply", message: "S.m: item 1 came again" },
      ],
      [
        "more than was granted",
        ({ push }) => push("x", "y", "z"),
        { code: "BadReply", message: "S.m: items 2 to 4 came, and only 4 were asked for" },
      ],
      [
        "a frame that is too large",
        ({ push }) => push("x".repeat(100)),
        { code: "TooLarge", message: "S.m: item 2 came in 102 bytes; maxBodyBytes is 50" },
      ],
      [
        "a sign of life that knows of more items",
        ({ reader }) => reader.written(3),
        { code: "Unavailable", message: "S.m: item 2 of the stream did not arrive" },
      ],
      [
        "whatever its owner says",
        ({ reader }) => reader.refuse("a frame of an unknown kind"),
        { code: "BadReply", message: "S.m: a frame of an unknown kind" },
      ],
    ])("ends the stream: %s; what came before is read first", async (_, wrong, error) => {
      const set = setupReader({ maxBodyBytes: 50 });
      const { reader, push, log } = set;
      push("a", "b");
      wrong(set);
      expect(log).toEqual([expect.stringMatching(/^cancel RpcError: S\.m/)]);
      push("late");
      wrong(set);
      reader.end(2);
      reader.fail(new Error("late"));
      expect(await reader.next()).toEqual(item("a"));
      expect(await reader.next()).toEqual(item("b"));
      await expect(reader.next()).rejects.toMatchObject(error);
      expect(await reader.next()).toEqual(END);
      expect(log).toHaveLength(1);
    });

    it("is a request's fault where a caller writes", async () => {
      const { reader, push } = setupReader({ wrongCode: "BadRequest" });
      push(1);
      reader.push(itemsFrame(0, ["x"]));
      await reader.next();
      await expect(reader.next()).rejects.toMatchObject({ code: "BadRequest", executed: "maybe" });
    });

    it.each([
      [3, { code: "Unavailable", message: "S.m: item 2 of the stream did not arrive" }],
      [1, { code: "BadReply", message: "S.m: it ended with 1 items, and 2 have come" }],
    ])("is an end after %i items when 2 have come; the writer is not told", async (count, error) => {
      const { reader, push, log } = setupReader();
      push(1, 2);
      reader.end(count);
      expect((await readAll(reader)).slice(0, 2)).toEqual([1, 2]);
      const other = setupReader();
      other.push(1, 2);
      other.reader.end(count);
      await other.reader.next();
      await other.reader.next();
      await expect(other.reader.next()).rejects.toMatchObject(error);
      expect(log).toEqual([]);
    });

    it("is nothing that comes after a right end", async () => {
      const { reader, push, log } = setupReader();
      push(1);
      reader.end(1);
      push(1);
      reader.written(5);
      reader.refuse("x");
      reader.end(7);
      expect(await readAll(reader)).toEqual([1]);
      expect(log).toEqual([]);
    });

    it("is no sign of life that knows of what has come", () => {
      const { reader, push, log } = setupReader();
      push(1, 2);
      reader.written(2);
      reader.written(0);
      expect(log).toEqual([]);
    });

    it("is an item that cannot be decoded: nothing after it is read", async () => {
      const { reader, push, log } = setupReader();
      push(1);
      reader.push({ ...itemsFrame(1, [2, 3]), body: encodeText("[2,") });
      push(4);
      expect(await reader.next()).toEqual(item(1));
      await expect(reader.next()).rejects.toMatchObject({
        code: "BadReply",
        message: "S.m: items 1 to 2 cannot be read: the body is not valid JSON",
      });
      expect(await reader.next()).toEqual(END);
      expect(log).toEqual([expect.stringContaining("cancel RpcError: S.m: items 1 to 2")]);
      expect(reader.buffered).toBe(0);
    });

    it("is told without the words of a codec that knows no RpcError", async () => {
      const codec: Codec = {
        ...jsonCodec,
        decode: () => {
          throw new Error("secret");
        },
      };
      const { reader, push } = setupReader({ codecs: new Codecs([codec]) });
      const next = reader.next();
      push(1);
      await expect(next).rejects.toMatchObject({
        message: "S.m: item 0 cannot be read: their codec failed",
        cause: { message: "secret" },
      });
    });

    it.each([
      [
        "throws",
        () => {
          throw new Error("x");
        },
      ],
      ["rejects with", () => Promise.reject(new Error("x"))],
    ])("is what accept() %s: the one who reads it hears it, those after him are done", async (_, accept) => {
      const { reader, push, log } = setupReader({ accept });
      push(1, 2);
      const calls = [reader.next(), reader.next()];
      await expect(calls[0]).rejects.toThrow("x");
      expect(await calls[1]).toEqual(END);
      expect(log).toEqual(["cancel Error: x"]);
      expect(await reader.next()).toEqual(END);
    });

    it("is heard first by the one who reads it", async () => {
      const { reader, push, quiet } = setupReader({
        accept: () => {
          throw new Error("x");
        },
      });
      const order: string[] = [];
      reader.next().catch(() => order.push("first"));
      void reader.next().then(() => order.push("second"));
      push(1);
      await quiet();
      expect(order).toEqual(["first", "second"]);
    });

    it("does not tell a writer that has ended", async () => {
      const { reader, push, log } = setupReader({ accept: () => Promise.reject(new Error("x")) });
      push(1);
      reader.end(1);
      await expect(reader.next()).rejects.toThrow("x");
      expect(log).toEqual([]);
    });
  });

  describe("the end", () => {
    it.each([undefined, new Error("x")])("is heard by those who wait for items: %s", async (error) => {
      const { reader, log } = setupReader();
      const calls = [reader.next(), reader.next()];
      if (error === undefined) reader.end(0);
      else reader.fail(error);
      if (error === undefined) expect(await calls[0]).toEqual(END);
      else await expect(calls[0]).rejects.toBe(error);
      expect(await calls[1]).toEqual(END);
      expect(log).toEqual([]);
    });

    it("comes after the items that came before a failure, which is told once", async () => {
      const { reader, push } = setupReader();
      push(1, 2);
      reader.fail(new RpcError("Unavailable", "lost"));
      expect(await readAll(reader)).toEqual([1, 2, "RpcError: lost"]);
      expect(await reader.next()).toEqual(END);
    });

    it("comes after an item that is being accepted", async () => {
      let release = (): void => {};
      const { reader, push } = setupReader({
        accept: (value) =>
          new Promise((resolve) => {
            release = () => resolve(value);
          }),
      });
      push(1);
      const calls = [reader.next(), reader.next()];
      reader.end(1);
      release();
      expect(await Promise.all(calls)).toEqual([item(1), END]);
    });

    it("may be a failure with undefined", async () => {
      const { reader } = setupReader();
      reader.fail(undefined);
      await expect(reader.next()).rejects.toBeUndefined();
    });
  });

  describe("abort", () => {
    it("fails at once: drops what has come and tells nobody else", async () => {
      const { reader, push, log } = setupReader();
      push(1, 2);
      reader.abort(new Error("gone"));
      expect(reader.buffered).toBe(0);
      await expect(reader.next()).rejects.toThrow("gone");
      expect(await reader.next()).toEqual(END);
      expect(log).toEqual([]);
    });

    it("is heard by whoever waits, even for an item that is being accepted", async () => {
      const { reader, push } = setupReader({ accept: () => new Promise<never>(() => {}) });
      push(1);
      const calls = [reader.next(), reader.next()];
      reader.abort(new Error("gone"));
      await expect(calls[0]).rejects.toThrow("gone");
      expect(await calls[1]).toEqual(END);
    });

    it("comes before an end that has not been read yet", async () => {
      const { reader, push } = setupReader();
      push(1);
      reader.end(1);
      reader.abort(new Error("gone"));
      await expect(reader.next()).rejects.toThrow("gone");
    });

    it("does nothing to a stream that has been read to its end", async () => {
      const { reader } = setupReader();
      reader.end(0);
      await reader.next();
      reader.abort(new Error("gone"));
      expect(await reader.next()).toEqual(END);
    });
  });

  describe("leaving", () => {
    it("tells the writer once, and drops what has come", async () => {
      const { reader, push, log } = setupReader();
      push(1, 2, 3);
      for await (const value of reader) if (value === 2) break;
      expect(log).toEqual(["credit 6", "cancel undefined"]);
      expect(reader.buffered).toBe(0);
      push(4);
      expect(await reader.return()).toEqual(END);
      expect(await reader.next()).toEqual(END);
      expect(log).toHaveLength(2);
    });

    it("ends calls of next() that wait, even for an item that is being accepted", async () => {
      const { reader, push, quiet } = setupReader({ accept: async (value) => value });
      push(1);
      const calls = [reader.next(), reader.next()];
      await reader.return();
      expect(await Promise.all(calls)).toEqual([END, END]);
      await quiet();
    });

    it("does not tell a writer that has ended, or failed", async () => {
      for (const close of ["end", "fail"] as const) {
        const { reader, push, log } = setupReader();
        push(1);
        reader[close](1);
        await reader.return();
        expect(log).toEqual([]);
        expect(await reader.next()).toEqual(END);
      }
    });

    it("gives back what was thrown into it", async () => {
      const { reader, log } = setupReader();
      await expect(reader.throw(new Error("x"))).rejects.toThrow("x");
      expect(log).toEqual(["cancel undefined"]);
      expect(await reader.next()).toEqual(END);
    });

    it("may happen inside the very grant of credit", async () => {
      const { reader, push } = setupReader({
        window: 1,
        port: { credit: () => void reader.return(), cancel: () => {} },
      });
      push(1);
      expect(await reader.next()).toEqual(item(1));
      expect(await reader.next()).toEqual(END);
    });
  });

  describe("what it has failed with", () => {
    it("is known before it is read, and nothing as long as it goes well", async () => {
      const { reader, push } = setupReader();
      push(1);
      expect(reader.failure).toBeUndefined();
      reader.end(2);
      expect(reader.failure).toMatchObject({ code: "Unavailable" });
      await reader.next();
      await expect(reader.next()).rejects.toBe(reader.failure);
      const well = setupReader();
      well.push(1);
      well.reader.end(1);
      await readAll(well.reader);
      expect(well.reader.failure).toBeUndefined();
    });

    it("is an item that was not accepted, too", async () => {
      const refused = new Error("does not fit");
      const { reader, push } = setupReader({
        accept: () => {
          throw refused;
        },
      });
      push(1);
      await expect(reader.next()).rejects.toBe(refused);
      expect(reader.failure).toBe(refused);
    });
  });

  describe("idle time", () => {
    it("ends a stream whose next item does not come while the user waits for it", async () => {
      const { reader, push, clock, log, wheel } = setupReader({ idleTimeoutMs: 100 });
      push(1);
      await reader.next();
      const next = reader.next();
      clock.advance(99);
      expect(log).toEqual([]);
      clock.advance(20);
      await expect(next).rejects.toMatchObject({
        code: "Timeout",
        message: "S.m: no item came within 100 ms (idleTimeoutMs), after 1",
      });
      expect(log).toEqual([expect.stringContaining("cancel RpcError: S.m: no item came")]);
      expect(wheel.size).toBe(0);
    });

    it("counts from each item anew", async () => {
      const { reader, push, clock } = setupReader({ idleTimeoutMs: 100 });
      for (let i = 0; i < 10; i++) {
        const next = reader.next();
        clock.advance(90);
        push(i);
        expect(await next).toEqual(item(i));
      }
    });

    it("is one wait's, not the sum of several calls'", async () => {
      const { reader, clock } = setupReader({ idleTimeoutMs: 100 });
      const first = reader.next();
      clock.advance(90);
      const second = reader.next();
      clock.advance(20);
      await expect(first).rejects.toMatchObject({ code: "Timeout" });
      expect(await second).toEqual(END);
    });

    it("does not count before the writer has begun, and from then on for a wait that was there", async () => {
      const { reader, clock, wheel } = setupReader({ idleTimeoutMs: 100 }, { isBegun: false });
      const next = reader.next();
      clock.advance(10_000);
      expect(wheel.size).toBe(0);
      reader.begun();
      reader.begun();
      clock.advance(99);
      expect(wheel.size).toBe(1);
      clock.advance(20);
      await expect(next).rejects.toMatchObject({ code: "Timeout" });
      expect(clock.timerCount).toBe(0);
    });

    it("does not count when the writer begins and nobody waits", () => {
      const { reader, wheel, clock } = setupReader({ idleTimeoutMs: 100 }, { isBegun: false });
      reader.begun();
      expect([wheel.size, clock.timerCount]).toEqual([0, 0]);
    });

    it("does not count while the user does something else", async () => {
      const { reader, push, clock, wheel } = setupReader({ idleTimeoutMs: 100 });
      const next = reader.next();
      push(1);
      await next;
      clock.advance(10_000);
      expect(wheel.size).toBe(0);
      push(2);
      expect(await reader.next()).toEqual(item(2));
      const last = reader.next();
      clock.advance(90);
      push(3);
      expect(await last).toEqual(item(3));
    });

    it("does not count while an item is being accepted", async () => {
      let release = (): void => {};
      const { reader, push, clock } = setupReader({
        idleTimeoutMs: 100,
        accept: (value) =>
          new Promise((resolve) => {
            release = () => resolve(value);
          }),
      });
      const next = reader.next();
      push(1);
      clock.advance(10_000);
      release();
      expect(await next).toEqual(item(1));
    });

    it("leaves nothing in the wheel when the stream ends or the user leaves", async () => {
      for (const close of ["end", "return"] as const) {
        const { reader, wheel, clock } = setupReader({ idleTimeoutMs: 100 });
        const next = reader.next();
        expect(wheel.size).toBe(1);
        await reader[close](0);
        expect(wheel.size).toBe(0);
        expect(clock.timerCount).toBe(0);
        await next;
      }
    });
  });
});
