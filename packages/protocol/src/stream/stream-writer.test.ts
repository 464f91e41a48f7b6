import { afterEach, describe, expect, it } from "vitest";
import { setupWriter as setup, type WriterSetup } from "../../test/writer-setup.js";
import type { Codec } from "../content.js";
import { RpcError } from "../errors.js";
import { jsonCodec } from "../json-codec.js";
import { encodeText } from "../text.js";
import { ACCEPTED, type SendOutcome, UNROUTABLE, UNSENT } from "../transport.js";

let made: WriterSetup[] = [];

const setupWriter: typeof setup = (...args) => {
  const created = setup(...args);
  made.push(created);
  return created;
};

afterEach(async () => {
  for (const { clock, writer, turns } of made) {
    writer.stop();
    await turns();
    expect(clock.timerCount).toBe(0);
  }
  made = [];
});

/** Items that come when the test gives them. */
class Feed implements AsyncIterator<unknown> {
  asked = 0;
  readonly calls: string[] = [];
  #resolve: ((result: IteratorResult<unknown>) => void) | undefined;

  next(): Promise<IteratorResult<unknown>> {
    this.asked++;
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  return(): Promise<IteratorResult<unknown>> {
    this.calls.push("return");
    return Promise.resolve({ done: true, value: undefined });
  }

  give(value: unknown): void {
    this.#resolve?.({ done: false, value });
  }

  end(): void {
    this.#resolve?.({ done: true, value: undefined });
  }
}

function* numbers(count: number, pulled: { count: number } = { count: 0 }): Generator<number> {
  for (let i = 0; i < count; i++) {
    pulled.count++;
    yield i;
  }
}

async function* asyncNumbers(count: number): AsyncGenerator<number> {
  yield* numbers(count);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("StreamWriter", () => {
  describe("sending", () => {
    it.each([
      ["a generator", () => numbers(200)],
      ["an async generator", () => asyncNumbers(200)],
      ["an array", () => upTo(200)],
    ])("sends every item of %s once, in order, and then the end", async (_, source) => {
      const { writer, port, turns } = setupWriter(source());
      writer.start();
      await turns();
      expect(port.items).toEqual(upTo(200));
      expect(port.log).toEqual(["items 0-63", "items 64-127", "items 128-191", "items 192-199", "end 200"]);
      expect(writer.count).toBe(200);
    });

    it("does nothing before it is started", async () => {
      const pulled = { count: 0 };
      const { writer, port, turns } = setupWriter(numbers(3, pulled));
      writer.credit(2_000_000);
      await turns();
      expect(pulled.count).toBe(0);
      expect(port.log).toEqual([]);
    });

    it("starts once", async () => {
      const { writer, port, turns } = setupWriter(numbers(3));
      writer.start();
      writer.start();
      await turns();
      writer.start();
      expect(port.log).toEqual(["items 0-2", "end 3"]);
    });

    it("ends an empty stream at once", () => {
      const { writer, port } = setupWriter([]);
      writer.start();
      expect(port.log).toEqual(["end 0"]);
    });

    it("puts the items of one turn into one frame, which leaves with the end of the turn", async () => {
      const feed = new Feed();
      const { writer, port, clock, quiet } = setupWriter(feed);
      writer.start();
      for (const item of [1, 2, 3]) {
        feed.give(item);
        await quiet();
      }
      expect(port.log).toEqual([]);
      clock.advance(0);
      expect(port.log).toEqual(["items 0-2"]);
      feed.give(4);
      await quiet();
      clock.advance(0);
      expect(port.log).toEqual(["items 0-2", "item 3"]);
    });

    it("does not keep the last items for a turn when the source has ended", async () => {
      const { writer, port, quiet, clock } = setupWriter(asyncNumbers(2));
      writer.start();
      await quiet();
      expect(clock.laterCount).toBe(1);
      expect(port.log).toEqual(["items 0-1", "end 2"]);
    });

    it("asks for no turn while the source gives nothing", async () => {
      const { writer, clock, quiet } = setupWriter(new Feed());
      writer.start();
      await quiet();
      expect(clock.laterCount).toBe(0);
    });

    it("takes no more of a source in one turn than a frame holds, so that others get theirs", async () => {
      const pulled = { count: 0 };
      const { writer, port, clock, quiet } = setupWriter(numbers(1_000, pulled));
      writer.start();
      expect(pulled.count).toBe(64);
      expect(port.log).toEqual(["items 0-63"]);
      await quiet();
      expect(pulled.count).toBe(64);
      clock.advance(0);
      expect(pulled.count).toBe(128);
    });

    it("ends a frame at 32 KiB, and a turn too", async () => {
      const { writer, port, clock, turns } = setupWriter(upTo(9).map((i) => String(i).repeat(10_000)));
      writer.start();
      expect(port.log).toEqual(["items 0-2", "item 3"]);
      clock.advance(0);
      expect(port.log).toHaveLength(4);
      await turns();
      expect(port.items).toHaveLength(9);
      for (const { body } of port.frames) expect(body.length).toBeLessThanOrEqual(32 * 1024);
    });

    it("makes no frame larger than a reader takes, if that is less", async () => {
      const { writer, port, turns } = setupWriter(numbers(100), { maxBodyBytes: 20 });
      writer.start();
      await turns();
      expect(port.items).toEqual(upTo(100));
      for (const { body } of port.frames) expect(body.length).toBeLessThanOrEqual(20);
    });

    it("sends an item by itself when it is larger than a frame, but not than allowed", async () => {
      const large = "x".repeat(100_000);
      const { writer, port, turns } = setupWriter([1, large, 2]);
      writer.start();
      await turns();
      expect(port.log).toEqual(["item 0", "item 1", "item 2", "end 3"]);
      expect(port.items).toEqual([1, large, 2]);
    });

    it("sends bytes as they are, one a frame, without waiting for the end of the turn", async () => {
      const feed = new Feed();
      const { writer, port, quiet } = setupWriter(feed, { bytesContentType: "image/png" });
      writer.start();
      feed.give(1);
      await quiet();
      feed.give(new Uint8Array([7]));
      await quiet();
      expect(port.log).toEqual(["item 0", "item 1"]);
      expect(port.frames[1]).toMatchObject({ body: new Uint8Array([7]), contentType: "image/png" });
    });

    it("sends what another codec makes one a frame", async () => {
      const codec: Codec = { ...jsonCodec, contentType: "application/x", encode: () => encodeText("x") };
      const { writer, port, turns } = setupWriter([1, 2], { codec });
      writer.start();
      await turns();
      expect(port.log).toEqual(["item 0", "item 1", "end 2"]);
      expect(port.frames[0]).toMatchObject({ contentType: "application/x", body: encodeText("x") });
    });

    it("encodes an item when it comes, so that the source may use the same object again", async () => {
      const { writer, port, turns } = setupWriter(
        (function* () {
          const row = { n: 0 };
          for (; row.n < 3; row.n++) yield row;
        })(),
      );
      writer.start();
      await turns();
      expect(port.items).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    });

    it.each([
      ["at once", (item: unknown) => (item as number) * 2],
      ["later", async (item: unknown) => (item as number) * 2],
    ])("sends what prepare() makes of an item, %s, in order", async (_, prepare) => {
      const { writer, port, turns } = setupWriter(numbers(100), { prepare });
      writer.start();
      await turns();
      expect(port.items).toEqual(upTo(100).map((n) => n * 2));
    });
  });

  describe("credit", () => {
    it("does not ask the source for an item that it may not send", async () => {
      const pulled = { count: 0 };
      const { writer, port, turns } = setupWriter(numbers(10, pulled), { credit: 0 });
      writer.start();
      await turns();
      expect(pulled.count).toBe(0);
      writer.credit(2);
      await turns();
      expect(pulled.count).toBe(2);
      expect(port.log).toEqual(["items 0-1"]);
      writer.credit(3);
      await turns();
      expect(pulled.count).toBe(3);
      expect(port.log).toEqual(["items 0-1", "item 2"]);
    });

    it("counts from the beginning of the stream: an old or doubled grant changes nothing", async () => {
      const { writer, port, turns } = setupWriter(numbers(100), { credit: 4 });
      writer.start();
      await turns();
      for (const total of [6, 6, 3, 0]) writer.credit(total);
      await turns();
      expect(port.items).toEqual(upTo(6));
      const other = setupWriter(numbers(100), { credit: 4 });
      other.writer.credit(3);
      other.writer.start();
      await other.turns();
      expect(other.port.items).toEqual(upTo(4));
    });

    it("may be granted from inside a send, which is not called again before it returns", async () => {
      // Bytes, which leave at once.
      const bytes = upTo(50).map((n) => new Uint8Array([n]));
      const { writer, port, turns } = setupWriter(bytes, { credit: 1 });
      const { send } = port;
      let depth = 0;
      port.send = (frame, listener) => {
        expect(++depth).toBe(1);
        send.call(port, frame, listener);
        writer.credit(frame.seq + frame.count + 1);
        depth--;
      };
      writer.start();
      await turns();
      expect(port.items).toEqual(bytes);
      expect(port.log.at(-1)).toBe("end 50");
    });
  });

  describe("outcomes", () => {
    it("has at most 8 frames on their way to the broker, and pulls nothing beyond", async () => {
      const pulled = { count: 0 };
      const { writer, port, turns } = setupWriter(numbers(10_000, pulled));
      port.outcome = undefined;
      writer.start();
      await turns();
      expect(port.frames).toHaveLength(8);
      expect(pulled.count).toBe(8 * 64);
      port.settle(2);
      await turns();
      expect(port.frames).toHaveLength(10);
      expect(pulled.count).toBe(10 * 64);
    });

    it("keeps an item that came while 8 are on their way until one is there", async () => {
      const feed = new Feed();
      const { writer, port, clock, quiet } = setupWriter(feed);
      port.outcome = undefined;
      writer.start();
      for (let i = 0; i < 7; i++) {
        feed.give(new Uint8Array(1));
        await quiet();
      }
      feed.give(1);
      await quiet();
      // Asked for while there was room for its frame, but that of the item before it is on its way now.
      clock.advance(0);
      feed.give(2);
      await quiet();
      clock.advance(0);
      expect(port.frames).toHaveLength(8);
      port.settle(1);
      expect(port.frames).toHaveLength(9);
      expect(port.items.slice(7)).toEqual([1, 2]);
    });

    it("ends when the broker has everything, not before", async () => {
      const { writer, port, turns } = setupWriter(numbers(100));
      port.outcome = undefined;
      writer.start();
      await turns();
      expect(port.log).toEqual(["items 0-63", "items 64-99"]);
      port.settle(1);
      expect(port.log).toHaveLength(2);
      port.settle(1);
      expect(port.log.at(-1)).toBe("end 100");
    });

    const lost = new RpcError("Unavailable", "the connection was lost");
    it.each<[SendOutcome, string]>([
      [UNROUTABLE, "send RpcError: S.m: the reader of the stream is gone"],
      [UNSENT, "send RpcError: S.m: the connection was lost while items were sent"],
      [
        { kind: "refused", error: new RpcError("Overloaded", "the queue is full") },
        "send RpcError: S.m: items could not be sent: the queue is full",
      ],
      [
        { kind: "unknown", error: lost },
        "send RpcError: S.m: items could not be sent: the connection was lost",
      ],
    ])("fails when items are not taken ($kind), once, and ends the source", async (outcome, told) => {
      let ended = 0;
      const { writer, port, turns } = setupWriter(
        (function* () {
          try {
            yield* numbers(1_000);
          } finally {
            ended++;
          }
        })(),
      );
      port.outcome = undefined;
      writer.start();
      await turns();
      const before = port.log.length;
      port.settle(1);
      port.settle(2, outcome);
      port.settle(1);
      await turns();
      expect(port.log.slice(before)).toEqual(["items 512-575", told].slice(0, 2));
      expect(port.error).toMatchObject({ executed: "maybe" });
      expect(ended).toBe(1);
    });

    it.each([
      ["Overloaded", "the queue is full, or cannot store it"],
      ["Config", "its queue is unavailable"],
    ] as const)("says that the reader cannot be reached, whatever the broker calls it: %s", (code, text) => {
      const error = new RpcError(code, text);
      const { writer, port } = setupWriter([1]);
      port.outcome = { kind: "refused", error };
      writer.start();
      expect(port.error).toMatchObject({
        code: "Unavailable",
        retryable: true,
        executed: "maybe",
        cause: error,
      });
    });
  });

  describe("failing", () => {
    it("sends what the source gave before it threw, and then tells so", async () => {
      const { writer, port, turns } = setupWriter(
        (async function* () {
          yield 1;
          yield 2;
          throw new Error("x");
        })(),
      );
      writer.start();
      await turns();
      expect(port.log).toEqual(["items 0-1", "source Error: x"]);
    });

    it("tells of a source that throws undefined", () => {
      const { writer, port } = setupWriter({
        next: () => {
          throw undefined;
        },
      });
      writer.start();
      expect(port.log).toEqual(["source undefined"]);
    });

    it("tells that the source threw without waiting for the broker's word, and once", async () => {
      const { writer, port, quiet } = setupWriter(
        (function* () {
          yield 1;
          throw new Error("x");
        })(),
      );
      port.outcome = undefined;
      writer.start();
      expect(port.log).toEqual(["item 0", "source Error: x"]);
      port.settle(1, UNROUTABLE);
      await quiet();
      expect(port.log).toHaveLength(2);
    });

    it("fails with an item that cannot be sent, after those before it, and ends the source", async () => {
      let ended = 0;
      const { writer, port } = setupWriter(
        (function* () {
          try {
            yield 1;
            yield undefined;
            yield 3;
          } finally {
            ended++;
          }
        })(),
      );
      writer.start();
      expect(port.log).toEqual([
        "item 0",
        "item RpcError: S.m: item 1 cannot be sent: a value of type undefined cannot be encoded as JSON",
      ]);
      expect(ended).toBe(1);
    });

    it("fails with an item that is too large, naming size and limit", () => {
      const { writer, port } = setupWriter(["a", "bcd"], { maxBodyBytes: 4 });
      writer.start();
      expect(port.log).toEqual(["item 0", "item RpcError: S.m: item 1 has 5 bytes; maxBodyBytes is 4"]);
    });

    it.each([
      [
        "throws",
        () => {
          throw new Error("x");
        },
      ],
      ["rejects with", () => Promise.reject(new Error("x"))],
    ])("fails with what prepare() %s, and ends the source", async (_, prepare) => {
      const feed = new Feed();
      const { writer, port, quiet } = setupWriter(feed, { prepare });
      writer.start();
      feed.give(1);
      await quiet();
      expect(port.log).toEqual(["item Error: x"]);
      expect(feed.calls).toEqual(["return"]);
    });

    it("refuses to be made of what is no iterable", () => {
      expect(() => setup(5 as never)).toThrow(TypeError);
    });
  });

  describe("stop", () => {
    it("ends the source once, sends nothing more and tells nothing more", async () => {
      const feed = new Feed();
      const { writer, port, clock, turns, quiet } = setupWriter(feed);
      writer.start();
      feed.give(1);
      await quiet();
      writer.stop();
      writer.stop();
      feed.give(2);
      await turns();
      clock.advance(0);
      writer.credit(2_000_000);
      expect(port.log).toEqual([]);
      expect(feed.calls).toEqual(["return"]);
      expect(writer.count).toBe(0);
    });

    it("does not wait for a generator that awaits something, and lets it finish by itself", async () => {
      const log: string[] = [];
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { writer, port, turns, quiet } = setupWriter(
        (async function* () {
          try {
            yield 1;
            await held;
            yield 2;
          } finally {
            log.push("finally");
          }
        })(),
      );
      writer.start();
      await turns();
      writer.stop();
      await quiet();
      expect(log).toEqual([]);
      release();
      await quiet();
      expect(log).toEqual(["finally"]);
      expect(port.log).toEqual(["item 0"]);
    });

    it("tells what the source throws afterwards, and nothing else", async () => {
      const { writer, port, turns } = setupWriter(
        (async function* () {
          try {
            yield 1;
            await new Promise<never>(() => {});
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: what it throws must not be lost
            throw new Error("x");
          }
        })(),
        { credit: 1 },
      );
      writer.start();
      await turns();
      writer.stop();
      await turns();
      expect(port.log).toEqual(["item 0", "late Error: x"]);
    });

    it("tells what a prepare() that was under way throws afterwards", async () => {
      let reject = (_: Error): void => {};
      const { writer, port, quiet } = setupWriter([1], {
        prepare: () =>
          new Promise((_, fail) => {
            reject = fail;
          }),
      });
      writer.start();
      writer.stop();
      reject(new Error("x"));
      await quiet();
      expect(port.log).toEqual(["late Error: x"]);
    });

    it("drops an item whose prepare() was under way", async () => {
      let resolve = (_: unknown): void => {};
      const { writer, port, turns } = setupWriter([1], {
        prepare: () =>
          new Promise((give) => {
            resolve = give;
          }),
      });
      writer.start();
      writer.stop();
      resolve(1);
      await turns();
      expect(port.log).toEqual([]);
    });

    it("ignores the outcomes of what was sent before", async () => {
      const { writer, port, turns } = setupWriter(numbers(64));
      port.outcome = undefined;
      writer.start();
      await turns();
      writer.stop();
      port.settle(1, UNROUTABLE);
      expect(port.log).toEqual(["items 0-63"]);
    });

    it("can be called from inside a send, and from inside the source", async () => {
      let ended = 0;
      const { writer, port, turns } = setupWriter(
        (function* () {
          try {
            yield* numbers(1_000);
          } finally {
            ended++;
          }
        })(),
      );
      port.send = () => writer.stop();
      writer.start();
      await turns();
      expect(ended).toBe(1);
      let stop = (): void => {};
      const inside = setupWriter(
        (function* () {
          try {
            yield 1;
            stop();
            yield 2;
          } finally {
            ended++;
          }
        })(),
      );
      stop = () => inside.writer.stop();
      inside.writer.start();
      await turns();
      expect(ended).toBe(2);
      expect(inside.port.log).toEqual([]);
    });

    it("ends a source that was never pulled", () => {
      const feed = new Feed();
      const { writer } = setupWriter(feed);
      writer.stop();
      writer.start();
      expect(feed.calls).toEqual(["return"]);
      expect(feed.asked).toBe(0);
    });

    it("does nothing to a stream that has ended", async () => {
      const { writer, port, turns } = setupWriter(numbers(1));
      writer.start();
      await turns();
      writer.stop();
      expect(port.log).toEqual(["item 0", "end 1"]);
      expect(port.outcome).toBe(ACCEPTED);
    });
  });
});
