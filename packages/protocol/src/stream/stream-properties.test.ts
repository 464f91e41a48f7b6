import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fault, StreamLink } from "../../test/stream-link.js";
import { UNROUTABLE } from "../transport.js";

/** What happens next. Numbers from fast-check, so that a failing run becomes as short as it can be. */
const STEPS = ["toReader", "toWriter", "outcome", "turn", "read", "produce", "time"] as const;
type Step = (typeof STEPS)[number];

/** A source that fast-check can describe, and that the test can watch. */
class Produced {
  readonly items: readonly unknown[];
  pulled = 0;
  /** How often it was left early, or ran to its end. */
  ended = 0;
  #release: (() => void) | undefined;
  readonly #kind: "sync" | "async" | "slow";
  readonly #throwsAt: number;

  constructor(
    items: readonly unknown[],
    kind: "sync" | "async" | "slow",
    throwsAt = Number.POSITIVE_INFINITY,
  ) {
    this.items = items;
    this.#kind = kind;
    this.#throwsAt = throwsAt;
  }

  source(): Iterable<unknown> | AsyncIterable<unknown> {
    return this.#kind === "sync" ? this.#sync() : this.#async();
  }

  /** Lets a slow one give one more. */
  readonly produce = (): void => this.#release?.();

  *#sync(): Generator<unknown> {
    try {
      for (const item of this.items) {
        this.#count();
        yield item;
      }
    } finally {
      this.ended++;
    }
  }

  async *#async(): AsyncGenerator<unknown> {
    try {
      for (const item of this.items) {
        if (this.#kind === "slow") {
          await new Promise<void>((resolve) => {
            this.#release = resolve;
          });
        }
        this.#count();
        yield item;
      }
    } finally {
      this.ended++;
    }
  }

  #count(): void {
    if (this.pulled === this.#throwsAt) throw new Error("the source failed");
    this.pulled++;
  }
}

const item = fc.oneof(
  { weight: 5, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.string() },
  // JSON has no minus zero, at whatever depth; and a key __proto__ is refused, which chance finds now and then.
  {
    weight: 1,
    arbitrary: fc
      .jsonValue({ maxDepth: 1 })
      .map((value) => JSON.stringify(value))
      .filter((text) => !text.includes('"__proto__":'))
      .map((text) => JSON.parse(text) as unknown),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4 }) },
  // Larger than a frame of several, so that frames end before 64.
  { weight: 1, arbitrary: fc.constant("x".repeat(20_000)) },
);
const items = fc.array(item, { maxLength: 100, size: "max" });
const kind = fc.constantFrom("sync" as const, "async" as const, "slow" as const);
const window = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 80 }));
const steps = fc.array(fc.constantFrom(...STEPS), { maxLength: 200, size: "max" });
const faults = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fault>("none") },
    { weight: 4, arbitrary: fc.constantFrom<Fault>("drop", "double", "swap", "cut") },
  ),
  { maxLength: 20 },
);

async function take(step: Step, link: StreamLink, produced: Produced): Promise<void> {
  if (step === "toReader") link.deliverToReader();
  else if (step === "toWriter") link.deliverToWriter();
  else if (step === "outcome") link.tellOutcome();
  else if (step === "turn") link.clock.advance(0);
  else if (step === "time") link.clock.advance(100);
  else if (step === "produce") produced.produce();
  else link.read();
  await setImmediate();
}

/** Bytes may come as another kind of Uint8Array. */
function plain(values: readonly unknown[]): unknown[] {
  return values.map((value) => (value instanceof Uint8Array ? [...value] : value));
}

function expectNothingLeft(link: StreamLink): void {
  expect(link.wheel.size).toBe(0);
  expect(link.clock.timerCount).toBe(0);
  expect(link.reader.buffered).toBe(0);
  expect(link.reading).toBe(0);
}

describe("a writer and a reader", () => {
  it("carry every item once, in order, to the end, whatever comes when; and the writer never runs ahead of the window", async () => {
    await fc.assert(
      fc.asyncProperty(items, kind, window, steps, async (values, sourceKind, size, plan) => {
        const produced = new Produced(values, sourceKind);
        const link = new StreamLink({ source: produced.source(), window: size });
        for (const step of plan) {
          await take(step, link, produced);
          expect(produced.pulled).toBeLessThanOrEqual(link.got.length + size);
          expect(link.reader.buffered).toBeLessThanOrEqual(size);
        }
        await link.run(produced.produce);
        expect(plain(link.got)).toEqual(plain(values));
        expect([link.writerEnd, link.readerEnd]).toEqual(["done", "done"]);
        expect(link.writer.count).toBe(values.length);
        expect(produced.ended).toBe(1);
        expect(link.late).toEqual([]);
        expectNothingLeft(link);
      }),
      { numRuns: 150 },
    );
  });

  it("carry what came before the source failed, and then tell that it did", async () => {
    await fc.assert(
      fc.asyncProperty(
        items,
        kind,
        window,
        fc.nat(100),
        steps,
        async (values, sourceKind, size, at, plan) => {
          const throwsAt = Math.min(at, Math.max(0, values.length - 1));
          const produced = new Produced([...values, 0], sourceKind, throwsAt);
          const link = new StreamLink({ source: produced.source(), window: size });
          for (const step of plan) await take(step, link, produced);
          await link.run(produced.produce);
          expect(plain(link.got)).toEqual(plain(values.slice(0, throwsAt)));
          expect(link.writerEnd).toBe("source Error: the source failed");
          expect(link.readerEnd).toBe("RpcError: the writer failed");
          expect(produced.ended).toBe(1);
          expectNothingLeft(link);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("stop at both ends when the user leaves, at whatever time", async () => {
    await fc.assert(
      fc.asyncProperty(items, kind, window, steps, async (values, sourceKind, size, plan) => {
        const produced = new Produced(values, sourceKind);
        const link = new StreamLink({ source: produced.source(), window: size });
        for (const step of plan) await take(step, link, produced);
        link.leave();
        await link.run(produced.produce);
        for (let i = 0; i < 3; i++) {
          // A slow source is told to end only when it has given what it was asked for.
          produced.produce();
          await setImmediate();
        }
        expect(plain(link.got)).toEqual(plain(values.slice(0, link.got.length)));
        expect(["done", "cancelled"]).toContain(link.writerEnd);
        // A generator that was never begun has nothing to end.
        if (produced.pulled > 0) expect(produced.ended).toBe(1);
        else expect(produced.ended).toBeLessThanOrEqual(1);
        expectNothingLeft(link);
      }),
      { numRuns: 50 },
    );
  });

  it("never give a wrong item and never hang, however frames are lost, doubled, swapped or held up", async () => {
    const ends = { complete: 0, failed: 0 };
    await fc.assert(
      fc.asyncProperty(
        items,
        kind,
        window,
        steps,
        faults,
        faults,
        fc.option(fc.integer({ min: 100, max: 5_000 }), { nil: undefined }),
        async (values, sourceKind, size, plan, toReader, toWriter, idleTimeoutMs) => {
          const produced = new Produced(values, sourceKind);
          const options = { source: produced.source(), window: size, toReader, toWriter };
          const link = new StreamLink(idleTimeoutMs === undefined ? options : { ...options, idleTimeoutMs });
          for (const step of plan) await take(step, link, produced);
          await link.run(produced.produce);
          if (link.readerEnd === "done") expect(plain(link.got)).toEqual(plain(values));
          else expect(plain(link.got)).toEqual(plain(values.slice(0, link.got.length)));
          if (link.readerEnd === "done") ends.complete++;
          else ends.failed++;
          expect(produced.pulled).toBeLessThanOrEqual(link.got.length + link.reader.received + size);
          expectNothingLeft(link);
        },
      ),
      { numRuns: 200 },
    );
    expect(ends.complete).toBeGreaterThan(10);
    expect(ends.failed).toBeGreaterThan(10);
  });

  it("end at both ends when the broker gives frames back", async () => {
    await fc.assert(
      fc.asyncProperty(items, kind, window, steps, async (values, sourceKind, size, plan) => {
        const produced = new Produced(values, sourceKind);
        const link = new StreamLink({ source: produced.source(), window: size });
        for (const step of plan) {
          if (step === "outcome") link.tellOutcome(UNROUTABLE);
          else await take(step, link, produced);
        }
        await link.run(produced.produce);
        expect(plain(link.got)).toEqual(plain(values.slice(0, link.got.length)));
        expect(["done", "send RpcError: S.m: the reader of the stream is gone"]).toContain(link.writerEnd);
        expectNothingLeft(link);
      }),
      { numRuns: 50 },
    );
  });
});
