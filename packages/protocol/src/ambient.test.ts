import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import {
  ambientTimeLeftMs,
  followDeadlines,
  keepAmbient,
  runWithDeadline,
  runWithoutDeadline,
} from "./ambient.js";

describe("the ambient deadline", () => {
  it("is none outside of a request", () => {
    expect(ambientTimeLeftMs()).toBeUndefined();
  });

  it("is followed by nobody before somebody asks for it: a program that only serves pays nothing", () => {
    const own = Symbol.for("porthos.ambient-deadline");
    // Another test file of this process may have asked.
    Reflect.deleteProperty(globalThis, own);
    expect(runWithDeadline({ timeLeftMs: 1 }, ambientTimeLeftMs, undefined as never)).toBeUndefined();
    expect(Reflect.get(globalThis, own)).toBeUndefined();
    followDeadlines();
    expect(runWithDeadline({ timeLeftMs: 1 }, ambientTimeLeftMs, undefined as never)).toBe(1);
  });

  it("follows the handler through what it awaits, and no other", async () => {
    const seen = async (): Promise<number | undefined> => {
      await setImmediate();
      return ambientTimeLeftMs();
    };
    const both = [100, 200].map((timeLeftMs) => runWithDeadline({ timeLeftMs }, seen, undefined));
    expect(await Promise.all([...both, seen()])).toEqual([100, 200, undefined]);
  });

  it("is read when it is asked for: time goes on", () => {
    let left = 100;
    const deadline = {
      get timeLeftMs() {
        return left;
      },
    };
    runWithDeadline(
      deadline,
      () => {
        left = 40;
        expect(ambientTimeLeftMs()).toBe(40);
      },
      undefined,
    );
  });

  it("is none where something without a deadline is run from code that has one", async () => {
    const later = async (): Promise<number | undefined> => {
      await setImmediate();
      return ambientTimeLeftMs();
    };
    const inside = runWithDeadline({ timeLeftMs: 1 }, () => runWithoutDeadline(later, undefined), undefined);
    expect(await inside).toBeUndefined();
    expect(await runWithoutDeadline(later, undefined)).toBeUndefined();
  });

  it("gives back what was run", () => {
    expect(runWithDeadline({ timeLeftMs: 1 }, (value: number) => value + 1, 1)).toBe(2);
  });
});

describe("what follows a piece of code", () => {
  it("is kept for what is run later from elsewhere, whoever's it is", () => {
    const storage = new AsyncLocalStorage<string>();
    const runAsBefore = storage.run("a trace", () => keepAmbient());
    const seen = (what: string): readonly unknown[] => [what, storage.getStore()];
    expect(runAsBefore(seen, "kept")).toEqual(["kept", "a trace"]);
    expect(storage.run("another", () => runAsBefore(seen, "kept"))).toEqual(["kept", "a trace"]);
    expect(seen("after")).toEqual(["after", undefined]);
  });

  it("is nothing where the host has no such storage: what is run runs all the same", () => {
    vi.stubGlobal("process", {});
    try {
      expect(keepAmbient()((value: number) => value + 1, 1)).toBe(2);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
