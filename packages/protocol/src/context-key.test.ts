import { describe, expect, it } from "vitest";
import { CALL, contextKey, shareContext } from "./context-key.js";

describe("contextKey", () => {
  const caller = contextKey<string>("caller");

  it("gives a call's value back, to whoever has the key", () => {
    const call = {};
    expect(caller.of(call)).toBeUndefined();
    caller.set(call, "ada");
    expect(caller.of(call)).toBe("ada");
    expect(contextKey<string>("caller").of(call)).toBeUndefined();
  });

  it("is one value of one call, whichever of those that were derived from it is asked or told", () => {
    const call = { method: "m" };
    caller.set(call, "ada");
    const derived = { ...call, method: "n" };
    expect(caller.of(derived)).toBe("ada");
    contextKey<number>("other").set(derived, 1);
    caller.set({ ...derived }, "bob");
    expect([caller.of(call), caller.of(derived)]).toEqual(["bob", "bob"]);
  });

  it("is shared by what a host makes of a call, from then on", () => {
    const call = {};
    const derived = {};
    shareContext(call, derived);
    caller.set(derived, "ada");
    expect(caller.of(call)).toBe("ada");
  });

  it("finds it through what a handler got of the call", () => {
    const call = {};
    caller.set(call, "ada");
    expect(caller.of({ [CALL]: call })).toBe("ada");
  });

  it("is not in what is written or printed of a call", () => {
    const call = { method: "m" };
    caller.set(call, "secret");
    expect(JSON.stringify(call)).toBe('{"method":"m"}');
    expect(Object.keys(call)).toEqual(["method"]);
  });
});
