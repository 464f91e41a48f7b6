import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { onAbort } from "./on-abort.js";

describe("onAbort", () => {
  it("tells each that asked, over one listener of the signal", () => {
    const controller = new AbortController();
    const told: number[] = [];
    for (let i = 0; i < 20; i++) onAbort(controller.signal, () => told.push(i));
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort();
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("does not tell who has stopped, not even one that another has just stopped", () => {
    const controller = new AbortController();
    const told: string[] = [];
    const stop = onAbort(controller.signal, () => told.push("a"));
    onAbort(controller.signal, () => told.push("b"));
    stop();
    controller.abort();
    expect(told).toEqual(["b"]);
  });
});
