import { Duplex } from "node:stream";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { RheaSocket } from "./rhea-socket.js";

let clock: ManualClock;
let writes: string[];
let raw: Duplex;
let gone: unknown[];
let socket: RheaSocket;

beforeEach(() => {
  clock = new ManualClock();
  writes = [];
  gone = [];
  raw = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk.toString("hex"));
      done();
    },
  });
  socket = new RheaSocket(raw, clock, (cause) => gone.push(cause));
  // rhea always listens.
  socket.on("end", () => {});
});

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe("writes", () => {
  test("of one turn leave as one", async () => {
    socket.write(Buffer.from([1]));
    socket.write(Buffer.from([2]));
    expect(writes).toEqual([]);
    await nextTurn();
    expect(writes).toEqual(["0102"]);
  });

  test("of a megabyte leave at once", () => {
    socket.write(Buffer.alloc(1_048_576));
    expect(writes.length).toBe(1);
  });

  test("before the end leave before the end", async () => {
    socket.write(Buffer.from([1]));
    socket.end();
    await nextTurn();
    expect(writes).toEqual(["01"]);
  });
});

describe("the end is told once", () => {
  test("when the peer hangs up, when we do, or both", async () => {
    raw.push(null);
    raw.resume();
    await nextTurn();
    socket.destroy();
    await nextTurn();
    expect(gone.length).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  test("with its reason", async () => {
    raw.destroy(new Error("reset"));
    await nextTurn();
    expect(String(gone[0])).toMatch(/reset/);
  });

  test("at the latest a second after we hung up on a peer that does not", async () => {
    const stubborn = new Duplex({ read: () => {}, write: (_c, _e, done) => done(), final: () => {} });
    const held = new RheaSocket(stubborn, clock, (cause) => gone.push(cause));
    held.end();
    clock.advance(1_000);
    await nextTurn();
    expect(gone.length).toBe(1);
  });

  test("whatever a reader of the data throws", async () => {
    socket.on("data", () => {
      throw new Error("reader");
    });
    raw.push(Buffer.from([1]));
    await nextTurn();
    expect(String(gone[0])).toMatch(/reader/);
  });
});

describe("life signs", () => {
  test("an empty frame is sent when nothing else was for so long", async () => {
    socket.watch(10_000, 1_000);
    clock.advance(1_000);
    await nextTurn();
    expect(writes).toEqual(["0000000802000000"]);
    clock.advance(500);
    socket.write(Buffer.from([1]));
    await nextTurn();
    clock.advance(900);
    await nextTurn();
    expect(writes).toEqual(["0000000802000000", "01"]);
  });

  test("a silent peer is given up, one that speaks is not", async () => {
    socket.watch(2_000, undefined);
    clock.advance(1_900);
    socket.on("data", () => {});
    raw.push(Buffer.from([1]));
    await nextTurn();
    clock.advance(1_900);
    await nextTurn();
    expect(gone).toEqual([]);
    clock.advance(100);
    await nextTurn();
    expect(String(gone[0])).toMatch(/silent for 2000 ms/);
    expect(clock.timerCount).toBe(0);
  });
});
