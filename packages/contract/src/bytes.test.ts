import { describe, expect, it } from "vitest";
import { bytes, isBytes } from "./bytes.js";
import { validate } from "./validate.js";

describe("bytes", () => {
  it("takes bytes as they are, and nothing else", () => {
    const value = Uint8Array.of(1, 2);
    expect(validate(bytes(), value)).toEqual({ ok: true, value });
    expect((validate(bytes(), value) as { value: unknown }).value).toBe(value);
    for (const other of ["text", [1], new ArrayBuffer(1), new Uint16Array(1), undefined]) {
      expect(validate(bytes(), other)).toMatchObject({
        ok: false,
        issues: [{ message: "expected a Uint8Array" }],
      });
    }
  });

  it("knows what the bytes are", () => {
    expect(bytes().contentType).toBe("application/octet-stream");
    const png = bytes({ contentType: "image/png" });
    expect(png.contentType).toBe("image/png");
    expect(png["~standard"].jsonSchema.input({ target: "draft-07" })).toEqual({
      contentMediaType: "image/png",
    });
  });

  it("is told apart from other schemas", () => {
    expect(isBytes(bytes())).toBe(true);
    for (const other of [undefined, null, {}, { "~standard": {} }, "bytes", () => {}]) {
      expect(isBytes(other)).toBe(false);
    }
  });

  it.each([
    [{ type: "image/png" }, 'bytes: unknown option "type"'],
    [{ contentType: "" }, 'bytes: option "contentType" must be a text that is not empty'],
    [{ contentType: "x".repeat(256) }, 'bytes: option "contentType" must be a text of at most 255 bytes'],
  ])("refuses %j at once, by name", (options: object, why) => {
    expect(() => bytes(options)).toThrow(why);
  });
});
