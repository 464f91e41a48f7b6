import { describe, expect, it } from "vitest";
import { Codecs, encodeText } from "../content.js";
import type { ItemsFrame } from "./frames.js";
import { openFrame } from "./open-frame.js";

const codecs = new Codecs();

function frame(text: string, init: Partial<ItemsFrame> = {}): ItemsFrame {
  return {
    kind: "items",
    seq: 0,
    count: 2,
    body: encodeText(text),
    contentType: "application/json",
    ...init,
  };
}

describe("openFrame", () => {
  it("gives the items of an array", () => {
    expect(openFrame(frame('[1,{"a":2}]'), codecs)).toEqual([1, { a: 2 }]);
  });

  it("gives an item that travels alone, even if it is an array", () => {
    expect(openFrame(frame("[1,2]", { kind: "item", count: 1 }), codecs)).toEqual([[1, 2]]);
  });

  it.each(["image/png", "application/octet-stream", undefined])(
    "gives the bytes of an item of type %s",
    (contentType) => {
      const made = frame("xyz", { kind: "item", count: 1, contentType });
      expect(openFrame(made, codecs)).toEqual([made.body]);
    },
  );

  it.each<[string, ItemsFrame, string]>([
    ["what is no JSON", frame("[1,"), "not valid JSON"],
    ["what is no array", frame("{}"), "the body is an object, not an array"],
    ["fewer items than it says", frame("[1]"), "there are 1, and should be 2"],
    ["more items than it says", frame("[1,2,3]"), "there are 3, and should be 2"],
    ["an array of a type that is not known", frame("[1,2]", { contentType: "image/png" }), "content type"],
  ])("refuses %s", (_, made, message) => {
    expect(() => openFrame(made, codecs)).toThrow(
      expect.objectContaining({ code: "BadRequest", message: expect.stringContaining(message) as string }),
    );
  });

  it("takes the names of prototypes for names like any other", () => {
    const [item] = openFrame(frame('{"__proto__":{"a":1}}', { kind: "item", count: 1 }), codecs);
    expect(Object.getPrototypeOf(item)).toBe(Object.prototype);
    expect((item as { a?: unknown }).a).toBeUndefined();
  });
});
