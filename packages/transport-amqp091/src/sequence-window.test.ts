import { describe, expect, test } from "vitest";
import { SequenceWindow } from "./sequence-window.js";

describe("SequenceWindow", () => {
  test("numbers count up from the first, whatever is taken", () => {
    const window = new SequenceWindow<string>(1);
    expect([window.push("a"), window.push("b")]).toEqual([1, 2]);
    window.take(1);
    window.take(2);
    expect(window.push("c")).toBe(3);
    expect([window.first, window.next, window.size]).toEqual([3, 4, 1]);
  });

  test("an item can be taken once", () => {
    const window = new SequenceWindow<string>(1);
    window.push("a");
    expect([window.take(1), window.take(1), window.take(2), window.take(0)]).toEqual([
      "a",
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("the first number is the smallest one with an item", () => {
    const window = new SequenceWindow<string>(1);
    for (const item of ["a", "b", "c", "d"]) window.push(item);
    window.take(2);
    expect(window.first).toBe(1);
    window.take(1);
    expect(window.first).toBe(3);
    window.take(4);
    window.take(3);
    expect(window.first).toBe(5);
  });

  test("behaves as a Map over many numbers taken in any order near the front", () => {
    const window = new SequenceWindow<number>(1);
    const model = new Map<number, number>();
    let seed = 7;
    for (let step = 0; step < 10_000; step++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      if (seed % 5 < 3) model.set(window.push(step), step);
      else {
        const number = window.first + (seed % 2_000);
        expect(window.take(number)).toBe(model.get(number));
        model.delete(number);
      }
    }
    expect(window.size).toBe(model.size);
    expect(window.first).toBe(Math.min(...model.keys(), window.next));
  });
});
