import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { type Check, Checker } from "./checks.js";

function checker(check: Check) {
  const clock = new ManualClock();
  const reports: string[] = [];
  const one = new Checker("db", check, 500, clock, (name, error) =>
    reports.push(`${name}: ${(error as Error).message}`),
  );
  return { clock, reports, one };
}

describe("Checker", () => {
  it.each<[string, Check, string, string[]]>([
    ["is well that gives nothing", () => {}, "ok", []],
    ["is well that gives true, later", async () => true, "ok", []],
    ["fails that gives false", () => false, "failed", ["db: it gave false"]],
    ["fails that rejects", () => Promise.reject(new Error("refused")), "failed", ["db: refused"]],
    [
      "fails that throws",
      () => {
        throw new Error("refused");
      },
      "failed",
      ["db: refused"],
    ],
  ])("says that one %s", async (_, check, result, told) => {
    const { one, reports, clock } = checker(check);
    expect([await one.result(), reports, clock.timerCount]).toEqual([result, told, 0]);
  });

  it("runs it once a second at most, and once for all who ask meanwhile", async () => {
    let runs = 0;
    const { one, clock } = checker(() => void runs++);
    await Promise.all([one.result(), one.result()]);
    clock.advance(999);
    await one.result();
    expect(runs).toBe(1);
    clock.advance(1);
    await one.result();
    expect(runs).toBe(2);
  });

  it("calls it late when its time is over, aborts it, and runs it again only once it has ended", async () => {
    const signals: AbortSignal[] = [];
    let end: () => void = () => {};
    const { one, clock, reports } = checker(({ signal }) => {
      signals.push(signal);
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    const first = one.result();
    clock.advance(500);
    expect([await first, signals[0]?.aborted]).toEqual(["late", true]);
    clock.advance(60_000);
    expect([await one.result(), signals.length]).toEqual(["late", 1]);
    end();
    await new Promise(setImmediate);
    const second = one.result();
    end();
    expect([await second, signals.length, clock.timerCount]).toEqual(["ok", 2, 0]);
    expect(reports).toEqual(["db: it took longer than 500 ms"]);
  });

  it("tells a failure once, until it was well again", async () => {
    let well = false;
    const { one, clock, reports } = checker(() => well);
    for (const is of [false, false, true, false]) {
      well = is;
      await one.result();
      clock.advance(1_000);
    }
    expect(reports).toHaveLength(2);
  });

  it("leaves no timer when it is stopped, and nobody waiting", async () => {
    const { one, clock, reports } = checker(() => new Promise(() => {}));
    const result = one.result();
    one.stop();
    expect([await result, clock.timerCount, reports]).toEqual(["late", 0, []]);
  });
});
