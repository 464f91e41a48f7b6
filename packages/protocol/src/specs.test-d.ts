import { describe, expectTypeOf, it } from "vitest";
import { type BodySpec, bodySpecFromArray, bodySpecFromSchema, type MethodSpec } from "./specs.js";

describe("specs", () => {
  it("are made of JSON Schema, literal or computed, or of a Standard JSON Schema", () => {
    expectTypeOf(
      bodySpecFromSchema({ type: "object", properties: { a: { type: "string" } } }),
    ).toEqualTypeOf<BodySpec>();
    expectTypeOf(bodySpecFromArray({ type: ["string", "null"], "x-own": 1 })).toEqualTypeOf<BodySpec>();
    const standard = {
      "~standard": { version: 1, jsonSchema: { input: (_: { readonly target: string }) => ({}) } },
    };
    expectTypeOf(bodySpecFromSchema(standard)).toEqualTypeOf<BodySpec>();
    // @ts-expect-error - a type is a text or several
    bodySpecFromSchema({ type: 7 });
    // @ts-expect-error - a text is no schema
    bodySpecFromSchema("object");
  });

  it("need a description; a direction that has no content is left out", () => {
    ({ description: "Adds one" }) satisfies MethodSpec;
    const content = { contentType: "application/json", body: { value: { type: "number", description: "" } } };
    ({ description: "Adds one", request: content, response: content }) satisfies MethodSpec;
    // @ts-expect-error - the description is missing
    ({ request: content }) satisfies MethodSpec;
    // @ts-expect-error - exactOptionalPropertyTypes
    ({ description: "Adds one", request: undefined }) satisfies MethodSpec;
    const body = { value: { description: "" } };
    // @ts-expect-error - a field says its type
    body satisfies BodySpec;
  });
});
