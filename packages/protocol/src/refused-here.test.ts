import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { RpcError } from "./errors.js";
import { isRefusedHere, refusedHere } from "./refused-here.js";

describe("refusedHere", () => {
  it("makes an error that says that the call was not sent, and by whom it was refused", () => {
    const cause = new Error("the issuer is away");
    const error = refusedHere("Unavailable", "no token", { cause, details: { retryAfterMs: 5 } });
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({
      code: "Unavailable",
      message: "no token",
      executed: "no",
      retryable: true,
      status: 503,
      details: { retryAfterMs: 5 },
      cause,
    });
    expect(isRefusedHere(error)).toBe(true);
  });

  it("shows nothing of it to who prints the error", () => {
    expect(inspect(refusedHere("Overloaded", "m"))).not.toMatch(/refusedHere]/);
  });

  it.each([
    ["an answer or a loss on the way", new RpcError("Unavailable", "m", { executed: "no" })],
    [
      "one that was caused by such an error",
      new RpcError("Remote", "m", { cause: refusedHere("Overloaded", "m") }),
    ],
    ["no error of ours", new Error("m")],
    ["nothing", undefined],
    ["a text", "refused"],
  ])("is not said of %s", (_, error) => {
    expect(isRefusedHere(error)).toBe(false);
  });
});
