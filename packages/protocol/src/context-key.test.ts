import { describe, expect, it } from "vitest";
import { CALL, contextKey } from "./context-key.js";

describe("contextKey", () => {
  const caller = contextKey<string>("caller");

  it("gives a call's value back, to whoever has the key", () => {
    const call = {};
    expect(caller.of(call)).toBeUndefined();
    caller.set(call, "ada");
    expect(caller.of(call)).toBe("ada");
    expect(contextKey<string>("caller").of(call)).toBeUndefined();
  });

  it("gives it back of calls that are derived, without changing the call before", () => {
    const call = { method: "m" };
    caller.set(call, "ada");
    const derived = { ...call, method: "n" };
    expect(caller.of(derived)).toBe("ada");
    caller.set(derived, "bob");
    expect([caller.of(call), caller.of(derived)]).toEqual(["ada", "bob"]);
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
