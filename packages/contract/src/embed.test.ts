import { describe, expect, it } from "vitest";
import { embed, pointer, refersToItself } from "./embed.js";

describe("embed", () => {
  it("makes the references of a schema to itself point to its place", () => {
    const schema = {
      properties: {
        self: { $ref: "#" },
        other: { $ref: "#/$defs/Other" },
        far: { $ref: "https://example.com/a" },
      },
      $defs: { Other: { items: { $ref: "#/$defs/Other" } } },
      default: { $ref: "#" },
    };
    expect(embed(schema, "#/here")).toEqual({
      properties: {
        self: { $ref: "#/here" },
        other: { $ref: "#/here/$defs/Other" },
        far: { $ref: "https://example.com/a" },
      },
      $defs: { Other: { items: { $ref: "#/here/$defs/Other" } } },
      default: { $ref: "#" },
    });
  });

  it("leaves a schema with an id alone: its references go by that", () => {
    const schema = { $id: "urn:a", items: { $ref: "#" } };
    expect(embed(schema, "#/here")).toBe(schema);
  });
});

it("a pointer says any name", () => {
  expect(pointer()).toBe("#");
  expect(pointer("a", "b/c~d", "e f%", "ä", "")).toBe("#/a/b~1c~0d/e%20f%25/%C3%A4/");
});

it("a schema refers to itself wherever it does so", () => {
  expect(refersToItself({ properties: { a: { items: { $ref: "#" } } } })).toBe(true);
  expect(refersToItself({ properties: { $ref: { type: "string" } }, default: { $ref: "#" } })).toBe(false);
});
