import { describe, expect, test } from "vitest";
import { AckWindow } from "./ack-window.js";

function deliver(window: AckWindow, count: number): void {
  for (let i = 0; i < count; i++) window.delivered();
}

describe("AckWindow", () => {
  test("accepts in order become one acknowledgement", () => {
    const window = new AckWindow();
    deliver(window, 3);
    for (const tag of [1, 2, 3]) window.accept(tag);
    expect(window.take()).toEqual([{ tag: 3, multiple: true }]);
    expect(window.take()).toEqual([]);
  });

  test("no acknowledgement covers a tag that is still open", () => {
    const window = new AckWindow();
    deliver(window, 5);
    for (const tag of [5, 1, 2, 4]) window.accept(tag);
    const acks = window.take();
    expect(acks).toContainEqual({ tag: 2, multiple: true });
    expect(acks).toContainEqual({ tag: 5, multiple: false });
    expect(acks).toContainEqual({ tag: 4, multiple: false });
    expect(acks).toHaveLength(3);
    expect(window.unsettled).toBe(1);
  });

  test("the one that closes a gap covers what was accepted with it, not what was acknowledged before", () => {
    const window = new AckWindow();
    deliver(window, 3);
    window.accept(2);
    expect(window.take()).toEqual([{ tag: 2, multiple: false }]);
    window.accept(1);
    window.accept(3);
    expect(window.take()).toEqual([{ tag: 3, multiple: true }]);
  });

  test("a tag that was dropped is not acknowledged, and opens the way for those behind it", () => {
    const window = new AckWindow();
    deliver(window, 2);
    expect(window.drop(1)).toBe(true);
    expect(window.drop(1)).toBe(false);
    window.accept(1);
    window.accept(2);
    expect(window.take()).toEqual([{ tag: 2, multiple: false }]);
    expect(window.unsettled).toBe(0);
  });

  test("an accept counts once", () => {
    const window = new AckWindow();
    deliver(window, 1);
    window.accept(1);
    window.accept(1);
    expect(window.waiting).toBe(1);
    expect(window.take()).toEqual([{ tag: 1, multiple: false }]);
  });

  test("settled by the acknowledgements is exactly what was accepted, in any order of 200 deliveries", () => {
    let seed = 3;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const window = new AckWindow();
    const outstanding = new Set<number>();
    const accepted = new Set<number>();
    for (let tag = 1; tag <= 200; tag++) outstanding.add(tag);
    deliver(window, 200);
    const open = [...outstanding];
    while (open.length > 0) {
      for (const tag of open.splice(random(open.length), 1 + random(5))) {
        accepted.add(tag);
        window.accept(tag);
      }
      for (const { tag, multiple } of window.take()) {
        expect(outstanding.has(tag), `tag ${tag} is acknowledged while the broker waits for it`).toBe(true);
        const settled = multiple ? [...outstanding].filter((each) => each <= tag) : [tag];
        for (const each of settled) {
          expect(accepted.has(each)).toBe(true);
          outstanding.delete(each);
        }
      }
    }
    expect(outstanding.size).toBe(0);
  });
});
