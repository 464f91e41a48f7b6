import { describe, expect, it } from "vitest";
import { Codecs } from "../content.js";
import { encodeText } from "../text.js";
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

  it("refuses the names of prototypes, as JSON everywhere", () => {
    for (const count of [1, 2]) {
      const text = count === 1 ? '{"__proto__":{"a":1}}' : '[1,{"__proto__":{"a":1}}]';
      const made = frame(text, { kind: count === 1 ? "item" : "items", count });
      expect(() => openFrame(made, codecs)).toThrow(/__proto__/);
    }
  });

  it("has JSON's limits for each item, whichever share its frame", () => {
    const strict = new Codecs([], { maxJsonDepth: 1, maxJsonKeys: 2 });
    const items = [
      { a: 1, b: 2 },
      { a: 1, b: 2 },
    ];
    expect(openFrame(frame(JSON.stringify(items)), strict)).toEqual(items);
    expect(() => openFrame(frame("[1,[[]]]"), strict)).toThrow(/maxJsonDepth/);
    expect(() => openFrame(frame('[1,{"a":1,"b":1,"c":1,"d":1,"e":1}]'), strict)).toThrow(/maxJsonKeys/);
    expect(() => openFrame(frame("[[]]", { kind: "item", count: 1 }), strict)).toThrow(/maxJsonDepth/);
  });
});
