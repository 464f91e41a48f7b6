import { RpcError } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { type Ends, Gathering } from "./gathering.js";

function begun(ends: Partial<Ends> = {}) {
  const clock = new ManualClock();
  const gathering = new Gathering<number>(clock, {
    timeoutMs: 2_000,
    expected: 10_000,
    stallMs: undefined,
    ...ends,
  });
  gathering.begin();
  return { clock, gathering };
}

async function rest(gathering: Gathering<number>): Promise<number[]> {
  const all: number[] = [];
  for (let next = await gathering.next(); next !== undefined; next = await gathering.next()) all.push(next);
  return all;
}

describe("Gathering", () => {
  it("ends when its time is over, with what came by then, and leaves no timer", async () => {
    const { clock, gathering } = begun({ stallMs: 1_500 });
    clock.advance(1_000);
    gathering.add(1);
    clock.advance(999);
    expect(gathering.isOver).toBe(false);
    clock.advance(1);
    gathering.add(2);
    expect([await rest(gathering), clock.timerCount]).toEqual([[1], 0]);
  });

  it("ends with as many as are expected, and leaves no timer", async () => {
    const { clock, gathering } = begun({ expected: 2, stallMs: 100 });
    for (const item of [1, 2, 3]) gathering.add(item);
    expect([await rest(gathering), clock.timerCount]).toEqual([[1, 2], 0]);
  });

  it("ends when none has come for so long, counted from the first on", async () => {
    const { clock, gathering } = begun({ stallMs: 100 });
    clock.advance(1_000);
    gathering.add(1);
    clock.advance(99);
    gathering.add(2);
    clock.advance(99);
    expect(gathering.isOver).toBe(false);
    clock.advance(1);
    expect([await rest(gathering), clock.timerCount]).toEqual([[1, 2], 0]);
  });

  it("gives each as it comes, to whoever waits for it", async () => {
    const { gathering } = begun();
    const next = gathering.next();
    gathering.add(7);
    expect(await next).toBe(7);
  });

  it("fails with what it was ended with, after what had come", async () => {
    const { clock, gathering } = begun();
    gathering.add(1);
    gathering.end(new RpcError("Unavailable", "the broker is gone"));
    gathering.end(new RpcError("Closed", "later"));
    expect(await gathering.next()).toBe(1);
    await expect(gathering.next()).rejects.toThrow("the broker is gone");
    expect(clock.timerCount).toBe(0);
  });
});
