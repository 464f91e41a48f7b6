import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { catalogue } from "./catalogue.js";
import type { FramesEntry } from "./entry.js";
import { FakeAmqp10 } from "./fake-amqp10.js";
import { FakeAmqp091 } from "./fake-amqp091.js";
import { attacked } from "./frames-run.js";

/** As many at a time as leave each its turn. */
const AT_A_TIME = 30;

const told: unknown[] = [];
const note = (...words: unknown[]): void => void told.push(words);

beforeAll(() => {
  for (const level of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, level).mockImplementation(note);
});

afterAll(() => {
  vi.restoreAllMocks();
  expect(told).toEqual([]);
});

test.each([
  ["0-9-1", "frames-amqp091", (entry: FramesEntry) => FakeAmqp091.start(entry)],
  ["1.0", "frames-amqp10", (entry: FramesEntry) => FakeAmqp10.start(entry)],
] as const)(
  "what no honest %s broker sends costs a connection at most, and what comes after it arrives",
  { timeout: 60_000 },
  async (_, file, start) => {
    const entries = [...catalogue(file)];
    const wrong: string[] = [];
    const work = async (): Promise<void> => {
      for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
        const flaw = await attacked(entry, start);
        if (flaw !== undefined) wrong.push(flaw);
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    expect(wrong).toEqual([]);
  },
);
