import { afterEach, describe, expect, it } from "vitest";
import { itemsFrame, setupReader } from "../../test/reader-setup.js";
import { setupWriter } from "../../test/writer-setup.js";
import { DeadlineWheel } from "../deadline-wheel.js";
import { ManualClock } from "../manual-clock.js";
import { ACCEPTED, type SendListener, type SendOutcome, UNROUTABLE, UNSENT } from "../transport.js";
import { Exchange } from "./exchange.js";
import { ALIVE, CANCEL, type Frame, type OutgoingFrame } from "./frames.js";
import type { StreamWriterOptions } from "./stream-writer.js";

interface Setup {
  readonly clock: ManualClock;
  readonly wheel: DeadlineWheel;
  readonly exchange: Exchange;
  /** What left, and when. */
  readonly sent: { readonly frame: OutgoingFrame; readonly atMs: number; readonly listener: SendListener }[];
  /** What its owner was told: `cancel`, `gone is gone`. */
  readonly told: string[];
  readonly port: { canSend: boolean };
}

const setups: Setup[] = [];

/** An exchange with a sign of life each second, of which nothing has begun. */
function setup(aliveMs = 1_000): Setup {
  const clock = new ManualClock();
  const wheel = new DeadlineWheel(clock);
  const sent: Setup["sent"] = [];
  const told: string[] = [];
  const port = {
    canSend: true,
    send(frame: OutgoingFrame, listener: SendListener): boolean {
      if (this.canSend) sent.push({ frame, atMs: clock.now(), listener });
      return this.canSend;
    },
    onCancel: () => void told.push("cancel"),
    onGone: (why: string) => void told.push(`gone ${why}`),
  };
  const made = { clock, wheel, exchange: new Exchange({ clock, wheel, aliveMs, port }), sent, told, port };
  setups.push(made);
  return made;
}

/** The same with both ends of a stream: a reader with a window of 4, and a writer without credit. */
function both(source: StreamWriterOptions["source"] = []) {
  const one = setup();
  const { clock, wheel, exchange } = one;
  const reading = setupReader({ clock, wheel });
  const writing = setupWriter(source, { clock, credit: 0 });
  exchange.reader = reading.reader;
  exchange.writer = writing.writer;
  writing.writer.start();
  return { ...one, reader: reading.reader, readerLog: reading.log, written: writing.port, ...writing, clock };
}

afterEach(() => {
  for (const { exchange, wheel, clock } of setups.splice(0)) {
    exchange.stop();
    expect([wheel.size, clock.timerCount, clock.laterCount]).toEqual([0, 0, 0]);
  }
});

describe("a frame that arrives", () => {
  it("with items goes to the reader, in a frame of several and by itself", () => {
    const { exchange, reader } = both();
    exchange.onFrame(itemsFrame(0, ["a", "b"]));
    exchange.onFrame(itemsFrame(2, ["c"]));
    expect(reader.received).toBe(3);
  });

  it("with the other end's end goes to the reader, which ends after what has come", async () => {
    const { exchange, reader } = both();
    exchange.onFrame(itemsFrame(0, ["a"]));
    exchange.onFrame({ kind: "end", seq: 1 });
    expect(await reader.next()).toEqual({ done: false, value: "a" });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  it("with credit lets the writer go on, so far and no further", () => {
    const { exchange, written, clock } = both(["a", "b", "c"]);
    expect(written.items).toEqual([]);
    exchange.onFrame({ kind: "credit", total: 2 });
    clock.advance(0);
    expect(written.items).toEqual(["a", "b"]);
  });

  it("and is a sign of life repeats both: the credit, and the items that should be here", async () => {
    const { exchange, written, reader, readerLog, clock } = both(["a", "b"]);
    exchange.onFrame({ kind: "alive", seq: undefined, credit: 1 });
    clock.advance(0);
    expect(written.items).toEqual(["a"]);
    exchange.onFrame(ALIVE);
    exchange.onFrame({ kind: "alive", seq: 0, credit: undefined });
    expect(readerLog).toEqual([]);
    exchange.onFrame({ kind: "alive", seq: 1, credit: undefined });
    expect(readerLog).toEqual([expect.stringMatching(/^cancel .*item 0 of the stream did not arrive/)]);
    await expect(reader.next()).rejects.toMatchObject({ code: "Unavailable" });
  });

  it("and is a cancel is told to the owner", () => {
    const { exchange, told } = both();
    exchange.onFrame(CANCEL);
    expect(told).toEqual(["cancel"]);
  });

  it("and is none that can be understood ends what is read, with the reason", async () => {
    const { exchange, reader, told } = both();
    exchange.onFrame({ kind: "invalid", reason: "a frame without a number" });
    await expect(reader.next()).rejects.toMatchObject({
      code: "BadReply",
      message: expect.stringContaining("a frame without a number") as string,
    });
    expect(told).toEqual([]);
  });

  it("is taken without a word where nothing is read and nothing written", () => {
    const { exchange, told, sent } = setup();
    const frames: Frame[] = [
      itemsFrame(0, ["a"]),
      { kind: "end", seq: 1 },
      { kind: "credit", total: 5 },
      { kind: "alive", seq: 3, credit: 5 },
      { kind: "invalid", reason: "of a later version" },
    ];
    for (const frame of frames) exchange.onFrame(frame);
    expect([told, sent]).toEqual([[], []]);
  });
});

describe("signs of life", () => {
  it("leave at their interval once it is started, and say where this end stands", () => {
    const { exchange, sent, clock } = both(["a", "b"]);
    clock.advance(5_000);
    expect(sent).toEqual([]);
    exchange.start(false);
    exchange.onFrame({ kind: "credit", total: 2 });
    clock.advance(2_000);
    expect(sent.map(({ frame, atMs }) => [frame, atMs])).toEqual([
      [{ kind: "alive", seq: 2, credit: 4 }, 6_000],
      [{ kind: "alive", seq: 2, credit: 4 }, 7_000],
    ]);
  });

  it("say nothing more of an end that neither reads nor writes", () => {
    const { exchange, sent, clock } = setup();
    exchange.start(false);
    clock.advance(1_000);
    expect(sent.map(({ frame }) => frame)).toEqual([ALIVE]);
  });

  it("are left out where something else was sent", () => {
    const { exchange, sent, clock } = setup();
    exchange.start(false);
    clock.advance(500);
    exchange.send({ kind: "credit", total: 1 });
    clock.advance(1_500);
    expect(sent.map(({ frame, atMs }) => [frame.kind, atMs])).toEqual([
      ["credit", 500],
      ["alive", 2_000],
    ]);
  });

  it("are not left out for what could not be sent", () => {
    const { exchange, sent, clock, port } = setup();
    exchange.start(false);
    port.canSend = false;
    exchange.send({ kind: "credit", total: 1 });
    port.canSend = true;
    clock.advance(1_000);
    expect(sent.map(({ frame, atMs }) => [frame.kind, atMs])).toEqual([["alive", 1_000]]);
  });

  it("can be given beside their interval", () => {
    const { exchange, sent } = setup();
    exchange.tellAlive();
    expect(sent.map(({ frame }) => frame)).toEqual([ALIVE]);
  });
});

describe("the other end's silence", () => {
  it("is told once, after three intervals without a frame, and then nothing leaves any more", () => {
    const { exchange, told, sent, clock, wheel } = setup();
    exchange.start(true);
    clock.advance(2_999);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["gone has fallen silent"]);
    expect(wheel.size).toBe(0);
    const { length } = sent;
    clock.advance(60_000);
    expect(told).toHaveLength(1);
    expect(sent).toHaveLength(length);
  });

  it.each<[string, Frame]>([
    ["a sign of life", ALIVE],
    ["items", itemsFrame(0, ["a"])],
    ["credit", { kind: "credit", total: 1 }],
    ["even one that cannot be understood", { kind: "invalid", reason: "of a later version" }],
  ])("is broken by every frame: %s", (_, frame) => {
    const { exchange, told, clock } = setup();
    exchange.start(true);
    clock.advance(2_500);
    exchange.onFrame(frame);
    clock.advance(3_499);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["gone has fallen silent"]);
  });

  it("is not listened to where that end has nowhere to say something", () => {
    const { exchange, told, clock } = setup();
    exchange.start(false);
    clock.advance(60_000);
    expect(told).toEqual([]);
  });
});

describe("what becomes of a frame that was sent", () => {
  it("goes to the listener that it was sent with", () => {
    const { exchange, sent, told } = setup();
    const heard: SendOutcome[] = [];
    exchange.send(CANCEL, { onOutcome: (outcome) => heard.push(outcome) });
    sent[0]?.listener.onOutcome(UNROUTABLE);
    expect([heard, told]).toEqual([[UNROUTABLE], []]);
  });

  it("says, where it has none, that the other end is gone: once, and then it is not listened to", () => {
    const { exchange, sent, told, clock } = setup();
    exchange.start(true);
    exchange.tellAlive();
    exchange.tellAlive();
    for (const { listener } of sent) listener.onOutcome(UNROUTABLE);
    clock.advance(60_000);
    expect(told).toEqual(["gone is gone"]);
    expect(sent).toHaveLength(2);
  });

  it("says nothing else: only who is gone cannot be reached for good", () => {
    const { exchange, sent, told } = setup();
    exchange.tellAlive();
    const [first] = sent;
    first?.listener.onOutcome(ACCEPTED);
    first?.listener.onOutcome(UNSENT);
    expect(told).toEqual([]);
  });
});

describe("stop", () => {
  it("is final: nothing leaves any more, nothing is taken, and nobody is told of anything", async () => {
    const { exchange, reader, written, sent, told, clock } = both(["a", "b"]);
    exchange.start(true);
    exchange.tellAlive();
    exchange.stop();
    const frames: Frame[] = [itemsFrame(0, ["a"]), { kind: "credit", total: 9 }, CANCEL];
    for (const frame of frames) exchange.onFrame(frame);
    exchange.send({ kind: "credit", total: 4 });
    exchange.tellAlive();
    sent[0]?.listener.onOutcome(UNROUTABLE);
    exchange.start(true);
    clock.advance(60_000);
    expect(sent).toHaveLength(1);
    expect([told, written.items, reader.received]).toEqual([[], [], 0]);
    expect(clock.timerCount).toBe(0);
  });

  it("ends the source of what is written, and leaves what is read to its owner", () => {
    let returned = 0;
    const source = {
      next: () => ({ done: false, value: 1 }),
      return: () => {
        returned++;
        return { done: true, value: undefined };
      },
    };
    const { exchange, readerLog } = both(source as never);
    exchange.stop();
    exchange.stop();
    expect(returned).toBe(1);
    expect(readerLog).toEqual([]);
  });

  it("may come from whoever is told that the other end is gone", () => {
    const { exchange, told, clock, wheel } = setup();
    exchange.start(true);
    const { port } = setups.at(-1) as Setup;
    Object.assign(port, {
      onGone: () => {
        told.push("gone");
        exchange.stop();
      },
    });
    clock.advance(60_000);
    expect(told).toEqual(["gone"]);
    expect(wheel.size).toBe(0);
  });
});
