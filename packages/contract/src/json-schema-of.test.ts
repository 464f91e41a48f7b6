import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { CALCULATORS, zodCalculator } from "../test/calculators.js";
import { lookUp, references } from "../test/references.js";
import type { AnyContract } from "./contract.js";
import { jsonSchemaOf } from "./json-schema-of.js";

/** Strict but for formats: those are another vocabulary's. */
function validator(): Ajv2020 {
  return new Ajv2020({ strict: true, strictTypes: false, validateFormats: false });
}

describe.each(CALCULATORS)("jsonSchemaOf a contract of %s", (_library, contract, options) => {
  const document = jsonSchemaOf(contract, options);

  it("is a JSON Schema of 2020-12", () => {
    const ajv = validator();
    expect(ajv.validateSchema(document), ajv.errorsText()).toBe(true);
    expect(() => ajv.compile(document)).not.toThrow();
  });

  it("has all references within it", () => {
    for (const [reference, target] of references(document))
      expect({ reference, target }).toHaveProperty("target.type");
  });

  it("has a definition for each method", () => {
    expect(Object.keys(document.$defs)).toEqual(Object.keys(contract));
  });
});

describe("jsonSchemaOf", () => {
  const document = jsonSchemaOf(zodCalculator);

  it("has what travels, by method and part", () => {
    expect(document).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title: "CalculatorService",
    });
    expect(document.$defs["addOne"]).toMatchObject({
      description: "Adds one",
      $defs: {
        input: { properties: { value: { type: "number", description: "The number" } }, required: ["value"] },
        output: { required: ["original_value", "value_plus_one"] },
        errors: {
          $defs: {
            tooLarge: { description: "The value is too large", properties: { max: { type: "number" } } },
            tooSmall: { properties: { min: { type: "number" } } },
            locked: {},
          },
        },
      },
    });
    expect(document.$defs["ping"]).toEqual({ $defs: {} });
    expect(Object.keys(document.$defs["chat"]?.["$defs"] ?? {})).toEqual([
      "input",
      "upload",
      "output",
      "errors",
    ]);
    expect(document.$defs["sum"]).toMatchObject({
      $defs: { upload: { type: "number" }, result: { type: "object" } },
    });
    expect(document.$defs["picture"]).toMatchObject({ $defs: { output: { contentMediaType: "image/png" } } });
  });

  it.each([
    ["#/$defs/addOne/$defs/input", { value: 1 }, { by: 1 }],
    [
      "#/$defs/plant/$defs/input",
      { name: "a", children: [{ name: "b", children: [] }] },
      { name: "a", children: [{}] },
    ],
    ["#/$defs/plant/$defs/errors/$defs/rotten", { name: "a", children: [] }, { children: [] }],
    ["#/$defs/count~1to/$defs/output", { n: 1 }, { n: "1" }],
    ["#/$defs/log/$defs/input", ["a", "b"], ["a", 1]],
  ])("tells at %s what fits from what does not", (reference, good: unknown, bad: unknown) => {
    expect(lookUp(document, reference)).toBeTypeOf("object");
    const fits = validator().addSchema(document, "doc").getSchema(`doc${reference}`);
    expect(fits?.(good)).toBe(true);
    expect(fits?.(bad)).toBe(false);
  });

  it("refuses what is no contract, and wrong options, by name", () => {
    expect(() => jsonSchemaOf({} as AnyContract)).toThrow('option "contract" must be made by contract()');
    expect(() => jsonSchemaOf(zodCalculator, { title: "x" } as object)).toThrow(
      'jsonSchemaOf: unknown option "title"',
    );
  });
});
