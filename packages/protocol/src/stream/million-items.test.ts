import { describe, expect, it } from "vitest";
import { systemClock } from "../clock.js";
import { Codecs } from "../content.js";
import { DeadlineWheel } from "../deadline-wheel.js";
import { jsonCodec } from "../json-codec.js";
import { ACCEPTED } from "../transport.js";
import { StreamReader } from "./stream-reader.js";
import { StreamWriter } from "./stream-writer.js";

const ITEMS = 1_000_000;
const WINDOW = 256;
/** Only with `node --expose-gc`. */
const { gc } = globalThis as { gc?: () => void };

function* rows(pulled: { count: number }): Generator<{ n: number; text: string }> {
  for (; pulled.count < ITEMS; pulled.count++) yield { n: pulled.count, text: "some text" };
}

/** A writer and a reader in one process, with nothing in between. */
function connect(pulled: { count: number }): {
  reader: StreamReader<{ n: number }>;
  wheel: DeadlineWheel;
  sent: number[];
} {
  const wheel = new DeadlineWheel(systemClock);
  const sent: number[] = [];
  const common = { name: "S.m", clock: systemClock, maxBodyBytes: 1_048_576 };
  const reader = new StreamReader<{ n: number }>({
    ...common,
    wheel,
    window: WINDOW,
    codecs: new Codecs(),
    accept: (item) => item as { n: number },
    wrongCode: "BadReply",
    idleTimeoutMs: 60_000,
    port: { credit: (total) => writer.credit(total), cancel: () => writer.stop() },
  });
  const writer = new StreamWriter({
    ...common,
    source: rows(pulled),
    codec: jsonCodec,
    bytesContentType: "application/octet-stream",
    credit: WINDOW,
    port: {
      send: (frame, listener) => {
        sent.push(frame.count);
        reader.push(frame);
        listener.onOutcome(ACCEPTED);
      },
      onEnd: (count) => reader.end(count),
      onError: (error) => reader.fail(error),
      onLate: () => expect.unreachable(),
    },
  });
  reader.begun();
  writer.start();
  return { reader, wheel, sent };
}

describe("a stream of a million items", () => {
  it("holds no more of them than its window, and lets the event loop turn", { timeout: 60_000 }, async () => {
    const pulled = { count: 0 };
    const { reader, wheel, sent } = connect(pulled);
    let turns = 0;
    const interval = setInterval(() => turns++, 1);
    let read = 0;
    let heapBytes = 0;
    for await (const { n } of reader) {
      if (n !== read++ || reader.buffered > WINDOW || pulled.count > read + WINDOW) expect.unreachable();
      if (gc !== undefined && (read === ITEMS / 4 || read === ITEMS - 1)) {
        gc();
        const { heapUsed } = process.memoryUsage();
        if (read > ITEMS / 2) expect(heapUsed - heapBytes).toBeLessThan(2_000_000);
        heapBytes = heapUsed;
      }
    }
    clearInterval(interval);
    expect(read).toBe(ITEMS);
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(ITEMS);
    expect(turns).toBeGreaterThan(10);
    expect(wheel.size).toBe(0);
  });
});
