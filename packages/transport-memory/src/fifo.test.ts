import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.js";

function drain<T>(fifo: Fifo<T>): T[] {
  const items: T[] = [];
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) items.push(item);
  return items;
}

describe("Fifo", () => {
  it("gives back what was put in, in that order, however it grew and wrapped round", () => {
    const fifo = new Fifo<number>();
    const out: number[] = [];
    let next = 0;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < round; i++) fifo.push(next++);
      for (let i = 0; i < round / 2; i++) out.push(fifo.shift() as number);
    }
    out.push(...drain(fifo));
    expect(out).toEqual(Array.from({ length: next }, (_, index) => index));
    expect(fifo.size).toBe(0);
  });

  it("shows the next one without taking it out", () => {
    const fifo = new Fifo<string>();
    expect(fifo.peek()).toBeUndefined();
    fifo.push("a");
    fifo.push("b");
    expect(fifo.peek()).toBe("a");
    expect(fifo.size).toBe(2);
  });

  it("keeps the order of what is retained", () => {
    const fifo = new Fifo<number>();
    for (let i = 0; i < 5_000; i++) fifo.push(i);
    fifo.retain((item) => item % 1_000 === 0);
    expect(drain(fifo)).toEqual([0, 1_000, 2_000, 3_000, 4_000]);
  });

  it("can be used on after a burst, and after it was cleared", () => {
    const fifo = new Fifo<number>();
    for (let i = 0; i < 3_000; i++) fifo.push(i);
    expect(drain(fifo)).toHaveLength(3_000);
    fifo.push(1);
    fifo.clear();
    fifo.push(2);
    expect(drain(fifo)).toEqual([2]);
  });
});
