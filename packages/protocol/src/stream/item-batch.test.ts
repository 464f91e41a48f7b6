import { describe, expect, it } from "vitest";
import { decodeText, encodeText } from "../text.js";
import type { ItemsFrame } from "./frames.js";
import { ItemBatch } from "./item-batch.js";

const JSON_TYPE = "application/json";

function batch(texts: readonly string[], maxItems = 64, maxBytes = 1_000): ItemBatch {
  const made = new ItemBatch(maxItems, maxBytes);
  for (const text of texts) {
    // In capitals: something that travels alone.
    const joins = text === text.toLowerCase();
    made.add({ body: encodeText(text), contentType: joins ? JSON_TYPE : "image/png", joins });
  }
  return made;
}

function frames(from: ItemBatch): string[] {
  const found: ItemsFrame[] = [];
  for (let seq = 0; from.size > 0; seq += found.at(-1)?.count ?? 0) found.push(from.take(seq));
  return found.map(({ kind, seq, body }) => `${kind} ${seq} ${decodeText(body)}`);
}

describe("ItemBatch", () => {
  it("makes one JSON array of items that may share a frame", () => {
    expect(frames(batch(["1", '"é"', '{"a":[]}']))).toEqual(['items 0 [1,"é",{"a":[]}]']);
  });

  it("sends an item by itself as it is, without a copy", () => {
    const made = new ItemBatch(64, 1_000);
    const body = encodeText("1");
    made.add({ body, contentType: JSON_TYPE, joins: true });
    const frame = made.take(7);
    expect(frame).toEqual({ kind: "item", seq: 7, count: 1, body, contentType: JSON_TYPE });
    expect(frame.body).toBe(body);
    expect(made.size).toBe(0);
  });

  it("keeps the order around items that travel alone", () => {
    expect(frames(batch(["1", "2", "A", "B", "3", "C", "4", "5"]))).toEqual([
      "items 0 [1,2]",
      "item 2 A",
      "item 3 B",
      "item 4 3",
      "item 5 C",
      "items 6 [4,5]",
    ]);
  });

  it("ends a frame at its number of items", () => {
    expect(frames(batch(["1", "2", "3", "4", "5"], 2))).toEqual([
      "items 0 [1,2]",
      "items 2 [3,4]",
      "item 4 5",
    ]);
  });

  it("never makes a frame of several items larger than allowed, by a byte", () => {
    expect(frames(batch(["10", "20", "30"], 64, 10))).toEqual(["items 0 [10,20,30]"]);
    expect(frames(batch(["10", "20", "30"], 64, 9))).toEqual(["items 0 [10,20]", "item 2 30"]);
    expect(frames(batch(["1", "2000000000", "3"], 64, 5))).toEqual([
      "item 0 1",
      "item 1 2000000000",
      "item 2 3",
    ]);
  });

  it("forgets what it held", () => {
    const made = batch(["1", "2"]);
    made.clear();
    expect(made.size).toBe(0);
  });
});
