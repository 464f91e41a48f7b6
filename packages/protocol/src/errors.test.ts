import { describe, expect, it } from "vitest";
import { ERROR_CODES, RpcError, type RpcErrorCode } from "./errors.js";

const CODES = Object.keys(ERROR_CODES) as RpcErrorCode[];

describe("RpcError", () => {
  it.each(CODES)("%s brings its row of the table", (code) => {
    const error = new RpcError(code, "what happened");
    expect({ ...error }).toEqual({ code, ...ERROR_CODES[code], details: undefined });
    expect(error.message).toBe("what happened");
    expect(error.stack).toContain("errors.test.ts");
  });

  it("believes the thrower rather than the table", () => {
    const cause = new Error("the reason");
    const init = { executed: "no", status: 418, retryable: false, details: { max: 1 }, cause } as const;
    expect(new RpcError("Remote", "no", init)).toMatchObject(init);
  });

  it("has a cause only if it was given one", () => {
    expect("cause" in new RpcError("Timeout", "late")).toBe(false);
  });

  it("prints as an RpcError, with its name on no instance", () => {
    const error = new RpcError("Timeout", "late");
    expect(String(error)).toBe("RpcError: late");
    expect(Object.keys(error)).not.toContain("name");
  });

  it("tells a log what it needs, without stack and cause", () => {
    const error = new RpcError("Remote", "no", { details: { max: 1 }, cause: new Error("secret") });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "RpcError",
      code: "Remote",
      message: "no",
      executed: "yes",
      status: 500,
      retryable: false,
      details: { max: 1 },
    });
    expect(JSON.parse(JSON.stringify(new RpcError("Timeout", "late")))).not.toHaveProperty("details");
  });

  it("is an instance in two installed copies of the package", async () => {
    // @ts-expect-error - the query makes it another copy of the module, which TypeScript cannot know
    const copy = (await import("./errors.js?copy")) as typeof import("./errors.js");
    expect(copy.RpcError).not.toBe(RpcError);
    expect(new copy.RpcError("Timeout", "late") instanceof RpcError).toBe(true);
    expect(new RpcError("Timeout", "late") instanceof copy.RpcError).toBe(true);
    expect(new Error("late") instanceof copy.RpcError).toBe(false);
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a text", "RpcError"],
    ["another error", new TypeError("no")],
    ["an object of the same shape", { name: "RpcError", code: "Timeout", message: "late" }],
  ])("takes %s for none of its instances", (_, value: unknown) => {
    expect(value instanceof RpcError).toBe(false);
  });

  it("keeps a subclass apart from the errors that are not of it", () => {
    class QuotaError extends RpcError {}
    const error = new QuotaError("Overloaded", "enough");
    expect(error instanceof QuotaError).toBe(true);
    expect(error instanceof RpcError).toBe(true);
    expect(new RpcError("Overloaded", "enough") instanceof QuotaError).toBe(false);
  });
});
