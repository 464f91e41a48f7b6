import type { JsonSchema } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { inline } from "./inline.js";

describe("inline", () => {
  it("puts what is referred to in the place of the reference", () => {
    const schema = {
      $ref: "#/$defs/W~1x",
      $defs: { "W/x": { properties: { a: { $ref: "#/$defs/a%20b" } } }, "a b": { type: "number" } },
    };
    expect(inline(schema)).toEqual({ properties: { a: { type: "number" } } });
  });

  it("makes a schema that holds itself of one that refers to itself", () => {
    const tree = inline({ type: "object", properties: { children: { items: { $ref: "#" } } } });
    const children = tree.properties?.["children"] as JsonSchema;
    expect(children.items).toBe(tree);
  });

  it("leaves what it does not find, and what leads nowhere", () => {
    expect(inline({ items: { $ref: "https://example.com/a" } })).toEqual({
      items: { $ref: "https://example.com/a" },
    });
    expect(inline({ items: { $ref: "#/$defs/none" } })).toEqual({ items: { $ref: "#/$defs/none" } });
    expect(inline({ items: { $ref: "#/constructor" } })).toEqual({ items: { $ref: "#/constructor" } });
    expect(() => inline({ $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } })).not.toThrow();
  });
});
