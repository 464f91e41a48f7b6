import { describe, expect, it } from "vitest";
import { Backlog } from "./backlog.js";

const filled = (capacity: number, ...items: number[]): Backlog<number> => {
  const backlog = new Backlog<number>(capacity);
  for (const item of items) backlog.push(item);
  return backlog;
};

describe("Backlog", () => {
  it("gives back what it was given, the oldest first", () => {
    const backlog = filled(4, 1, 2, 3);
    expect(backlog.take(2)).toEqual([1, 2]);
    expect(backlog.push(4)).toBe(0);
    expect(backlog.take(9)).toEqual([3, 4]);
    expect(backlog.length).toBe(0);
    expect(backlog.take(1)).toEqual([]);
  });

  it("lets the oldest go where there is no room, and says so", () => {
    const backlog = filled(3, 1, 2, 3);
    expect([backlog.push(4), backlog.push(5)]).toEqual([1, 1]);
    expect(backlog.take(3)).toEqual([3, 4, 5]);
  });

  it("puts back what was taken, in front and in order", () => {
    const backlog = filled(4, 1, 2, 3);
    const taken = backlog.take(2);
    backlog.push(4);
    expect(backlog.putBack(taken)).toBe(0);
    expect(backlog.take(4)).toEqual([1, 2, 3, 4]);
  });

  it("puts back no more than there is room for: the newest of it", () => {
    const backlog = filled(3, 1, 2, 3);
    const taken = backlog.take(3);
    backlog.push(4);
    backlog.push(5);
    expect(backlog.putBack(taken)).toBe(2);
    expect(backlog.take(3)).toEqual([3, 4, 5]);
    expect(filled(1, 1).putBack([0])).toBe(1);
  });

  it("does all of this as a plain list would, for long", () => {
    const backlog = new Backlog<number>(7);
    let list: number[] = [];
    for (let step = 0; step < 2_000; step++) {
      if (step % 5 === 3) {
        const taken = backlog.take(step % 4);
        expect(taken).toEqual(list.splice(0, step % 4));
        if (step % 2 === 0) {
          expect(backlog.putBack(taken)).toBe(0);
          list.unshift(...taken);
        }
      } else {
        const dropped = list.length === 7 ? 1 : 0;
        expect(backlog.push(step)).toBe(dropped);
        list = [...list, step].slice(-7);
      }
      expect(backlog.length).toBe(list.length);
    }
  });
});
