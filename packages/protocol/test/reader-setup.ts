import { setImmediate } from "node:timers/promises";
import { Codecs } from "../src/content.js";
import { DeadlineWheel } from "../src/deadline-wheel.js";
import { jsonCodec } from "../src/json-codec.js";
import { ManualClock } from "../src/manual-clock.js";
import type { ItemsFrame } from "../src/stream/frames.js";
import { StreamReader, type StreamReaderOptions } from "../src/stream/stream-reader.js";

export interface ReaderSetup {
  readonly clock: ManualClock;
  readonly wheel: DeadlineWheel;
  readonly reader: StreamReader<unknown>;
  /** What the writer was told: `credit 8`, `cancel undefined`. */
  readonly log: string[];
  /** Pushes these items as the next ones, in one frame. */
  push(...items: readonly unknown[]): void;
  quiet(): Promise<void>;
}

/** A reader with a window of 4, whose writer has begun. */
export function setupReader(
  options: Partial<StreamReaderOptions<unknown>> = {},
  { isBegun = true }: { readonly isBegun?: boolean } = {},
): ReaderSetup {
  const clock = new ManualClock();
  const wheel = new DeadlineWheel(clock);
  const log: string[] = [];
  const reader = new StreamReader<unknown>({
    name: "S.m",
    port: {
      credit: (total) => log.push(`credit ${total}`),
      cancel: (reason) => log.push(`cancel ${String(reason)}`),
    },
    clock,
    wheel,
    window: 4,
    codecs: new Codecs(),
    accept: (item) => item,
    wrongCode: "BadReply",
    maxBodyBytes: 1_048_576,
    idleTimeoutMs: undefined,
    ...options,
  });
  if (isBegun) reader.begun();
  const push = (...items: readonly unknown[]): void => reader.push(itemsFrame(reader.received, items));
  const quiet = async (): Promise<void> => {
    await setImmediate();
  };
  return { clock, wheel, reader, log, push, quiet };
}

/** Items as a writer would send them. */
export function itemsFrame(seq: number, items: readonly unknown[]): ItemsFrame {
  const isOne = items.length === 1;
  return {
    kind: isOne ? "item" : "items",
    seq,
    count: items.length,
    body: jsonCodec.encode(isOne ? items[0] : items),
    contentType: jsonCodec.contentType,
  };
}

/** Reads to the end: the items, and the error's text if there is one. */
export async function readAll(
  reader: AsyncIterable<unknown>,
  items: unknown[] = [],
): Promise<readonly unknown[]> {
  try {
    for await (const item of reader) items.push(item);
  } catch (error) {
    items.push(String(error));
  }
  return items;
}
