import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type CallId, NO_BODY, type ResponseEnvelope, readCallId } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { callId } from "../test/setup.js";
import { Outcomes } from "./outcomes.js";

const id = (number: number, caller?: string): CallId => {
  const read = readCallId(callId(number));
  if (read === undefined) throw new Error("no id of ours");
  return caller === undefined ? read : { ...read, caller };
};

const answer = (bytes = 0): ResponseEnvelope => ({
  statusCode: 200,
  contentType: undefined,
  body: bytes === 0 ? NO_BODY : new Uint8Array(bytes),
  headers: undefined,
});

describe("the outcomes of late", () => {
  it("are kept by their requests' ids", () => {
    const outcomes = new Outcomes();
    const one = answer();
    outcomes.keep(id(1), one);
    expect(outcomes.get(id(1))).toEqual(one);
    expect(outcomes.get(id(2))).toBeUndefined();
    expect(outcomes.get(undefined)).toBeUndefined();
  });

  it("have their body, type and headers, whatever became of those since", () => {
    const outcomes = new Outcomes();
    const body = Uint8Array.of(1, 2, 3);
    const headers = new Map([["x", 1]]);
    outcomes.keep(id(1), { statusCode: 201, contentType: "a/b", body, headers });
    body.fill(0);
    const kept = outcomes.get(id(1));
    expect(kept).toEqual({ statusCode: 201, contentType: "a/b", body: Uint8Array.of(1, 2, 3), headers });
    kept?.body.fill(0);
    expect(outcomes.get(id(1))?.body).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("are of one call each: who knows its caller and number, and not its tag, gets nothing", () => {
    const outcomes = new Outcomes();
    outcomes.keep(id(1), answer());
    expect(outcomes.get({ ...id(1), tag: id(1).tag + 1 })).toBeUndefined();
    outcomes.keep({ ...id(1), tag: 7 }, { ...answer(), statusCode: 201 });
    expect(outcomes.get(id(1))?.statusCode).toBe(200);
    expect(outcomes.get({ ...id(1), tag: 7 })?.statusCode).toBe(201);
  });

  it("are each caller's own, whatever he calls himself", () => {
    const outcomes = new Outcomes();
    const callers = Array.from({ length: 5_000 }, (_, i) => i.toString(16).padStart(32, "0"));
    for (const [i, caller] of callers.entries()) outcomes.keep(id(1, caller), { ...answer(), statusCode: i });
    for (const [i, caller] of callers.entries()) expect(outcomes.get(id(1, caller))?.statusCode).toBe(i);
    // Two whose calls are in the same chain.
    outcomes.keep(id(2, callers[0]), { ...answer(), statusCode: 7 });
    expect(outcomes.get(id(1, callers[1]))?.statusCode).toBe(1);
    expect(outcomes.get(id(2, callers[0]))?.statusCode).toBe(7);
  });

  it("are found and forgotten as a Map of the last 10,000 would have it", () => {
    const outcomes = new Outcomes();
    const names = Array.from({ length: 7 }, (_, i) => i.toString(16).padStart(32, "0"));
    const kept: CallId[] = [];
    for (let n = 0; n < 40_000; n++) {
      const next = id(1 + ((n * 7919) % 100_003), names[n % 7]);
      outcomes.keep(next, { ...answer(), statusCode: n });
      kept.push(next);
    }
    const first = kept.length - 10_000;
    for (const [n, each] of kept.entries()) {
      expect(outcomes.get(each)?.statusCode).toBe(n < first ? undefined : n);
    }
  });

  it("have no more headers than bodies: both count", () => {
    const outcomes = new Outcomes();
    const headers = new Map([["x", "h".repeat(10_000)]]);
    for (let number = 1; number <= 1_000; number++) outcomes.keep(id(number), { ...answer(100), headers });
    const kept = Array.from({ length: 1_000 }, (_, i) => outcomes.get(id(i + 1))).filter((one) => one);
    expect(kept.length).toBeGreaterThan(800);
    expect(kept.length).toBeLessThan(840);
    expect(outcomes.get(id(1_000))).toEqual({ ...answer(100), headers });
  });

  it("that are forgotten leave nothing in memory", async () => {
    const outcomes = new Outcomes();
    const dropped = (() => {
      const headers = new Map([["x", 1]]);
      outcomes.keep(id(1), { ...answer(1), headers });
      return new WeakRef(headers);
    })();
    outcomes.keep(id(2), answer(8 * 1024 * 1024));
    // What has been made in this turn is kept for all of it.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(dropped.deref()).toBeUndefined();
  });

  it("are found as fast when somebody chooses numbers, tags and names so that they fall together", () => {
    // The best of five: a busy machine makes some of them slow. One that falls together takes some 100 ms.
    const timeOf = (idOf: (n: number) => CallId): number =>
      Math.min(
        ...[1, 2, 3, 4, 5].map(() => {
          const outcomes = new Outcomes();
          for (let n = 1; n <= 11_000; n++) outcomes.keep(idOf(n), answer());
          const startedMs = performance.now();
          for (let n = 1; n <= 2_000; n++) outcomes.get(idOf(n + 20_000));
          return performance.now() - startedMs;
        }),
      );
    const honestMs = timeOf((n) => id(n));
    const numbered = (choose: (n: number) => number) => timeOf((n) => ({ ...id(1), number: choose(n) }));
    const tagged = (choose: (n: number) => number) => timeOf((n) => ({ ...id(1), tag: choose(n) }));
    for (const step of [1, 16_384, 2 ** 32, 2 ** 32 + 1, 2 ** 32 - 1]) {
      expect(numbered((n) => n * step)).toBeLessThan(10 * honestMs + 30);
      expect(tagged((n) => n * step)).toBeLessThan(10 * honestMs + 30);
    }
    const names = Array.from({ length: 11_000 }, (_, n) => n.toString(16).padStart(32, "0"));
    expect(timeOf((n) => id(1, names[n % 10_000]))).toBeLessThan(10 * honestMs + 30);
  });

  it("are 10,000 at most, the oldest forgotten first", () => {
    const outcomes = new Outcomes();
    for (let number = 1; number <= 10_001; number++) outcomes.keep(id(number), answer());
    expect(outcomes.get(id(1))).toBeUndefined();
    expect(outcomes.get(id(2))).toBeDefined();
    expect(outcomes.get(id(10_001))).toBeDefined();
  });

  it("have 8 MiB of bodies at most, the oldest forgotten first", () => {
    const outcomes = new Outcomes();
    const mib = 1024 * 1024;
    outcomes.keep(id(1), answer(1));
    outcomes.keep(id(2), answer(8 * mib));
    expect(outcomes.get(id(1))).toBeUndefined();
    expect(outcomes.get(id(2))).toBeDefined();
    outcomes.keep(id(3), answer(1));
    expect(outcomes.get(id(2))).toBeUndefined();
    expect(outcomes.get(id(3))).toBeDefined();
    // What is forgotten counts no more.
    outcomes.keep(id(4), answer(8 * mib - 1));
    expect(outcomes.get(id(3))).toBeDefined();
  });

  it("do not have a body that is larger than all of that", () => {
    const outcomes = new Outcomes();
    outcomes.keep(id(1), answer());
    outcomes.keep(id(2), answer(8 * 1024 * 1024 + 1));
    expect([outcomes.get(id(1)) !== undefined, outcomes.get(id(2))]).toEqual([true, undefined]);
  });

  it("count once for a request that was answered twice", () => {
    const outcomes = new Outcomes();
    const mib = 1024 * 1024;
    outcomes.keep(id(1), answer());
    for (let i = 0; i < 3; i++) outcomes.keep(id(2), answer(4 * mib));
    expect(outcomes.get(id(1))).toBeDefined();
  });
});

/** Without --expose-gc: V8 can be told to expose it later. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
