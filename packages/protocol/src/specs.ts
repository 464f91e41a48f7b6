import { kindOf } from "./kind-of.js";

/** What a body looks like, in the seed's form (docs/wire.md, "Extension queues"). */
export type BodySpec = ObjectSpec | readonly [ItemSpec];

/** A JSON object: its fields by name. */
export interface ObjectSpec {
  readonly [field: string]: FieldSpec;
}

export interface FieldSpec {
  readonly type: string;
  readonly description: string;
  readonly body?: BodySpec;
}

/** The items of a JSON array. */
export interface ItemSpec {
  readonly type: string;
  readonly body?: BodySpec;
}

/** One direction of a method. */
export interface ContentSpec {
  readonly contentType: string;
  readonly body: BodySpec;
}

/** What a service tells about one of its methods. */
export interface MethodSpec {
  readonly description: string;
  readonly request?: ContentSpec;
  readonly response?: ContentSpec;
}

/** The part of JSON Schema that a body spec can say. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: { readonly [name: string]: JsonSchema | boolean };
  readonly items?: JsonSchema | boolean | readonly (JsonSchema | boolean)[];
  readonly prefixItems?: readonly (JsonSchema | boolean)[];
  readonly anyOf?: readonly (JsonSchema | boolean)[];
  readonly oneOf?: readonly (JsonSchema | boolean)[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly [keyword: string]: unknown;
}

/** A schema that can give its JSON Schema (Standard JSON Schema): zod 4.2 and later, among others. */
export interface JsonSchemaSource {
  readonly "~standard": {
    readonly jsonSchema: {
      input(options: { readonly target: string }): { readonly [keyword: string]: unknown };
    };
  };
}

/** Deeper schemas, and those that hold themselves, are cut off: the type stays, the body is left out. */
const MAX_DEPTH = 16;

/**
 * The seed's description of a body from its schema: JSON Schema (draft 2020-12 or 7), or a Standard JSON Schema.
 * An object schema gives its fields, an array schema its items.
 * @throws {TypeError} when the schema describes neither an object nor an array.
 */
export function bodySpecFromSchema(schema: JsonSchema | JsonSchemaSource): BodySpec {
  const body = bodyOf(toJsonSchema("bodySpecFromSchema", schema), []);
  if (body === undefined) {
    throw new TypeError(
      "bodySpecFromSchema: the schema must describe an object with properties or an array with items",
    );
  }
  return body;
}

/** The seed's description of an array body from the schema of its items. */
export function bodySpecFromArray(items: JsonSchema | JsonSchemaSource): BodySpec {
  return [itemOf(toJsonSchema("bodySpecFromArray", items), [])];
}

function toJsonSchema(where: string, schema: JsonSchema | JsonSchemaSource): JsonSchema {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) {
    throw new TypeError(`${where}: expected a JSON Schema or a Standard JSON Schema, got ${kindOf(schema)}`);
  }
  if (!("~standard" in schema)) return schema as JsonSchema;
  const standard = (schema as JsonSchemaSource)["~standard"];
  if (standard.jsonSchema === undefined) {
    throw new TypeError(`${where}: this schema library gives no JSON Schema; pass a JSON Schema instead`);
  }
  return standard.jsonSchema.input({ target: "draft-2020-12" }) as JsonSchema;
}

/** @param around the schemas that this one is part of */
function bodyOf(schema: JsonSchema, around: readonly JsonSchema[]): BodySpec | undefined {
  if (around.length > MAX_DEPTH || around.includes(schema)) return undefined;
  const path = [...around, schema];
  if (schema.properties !== undefined) {
    const fields: Record<string, FieldSpec> = {};
    for (const [name, property] of Object.entries(schema.properties)) {
      const field = asSchema(property);
      const description = field.description ?? "";
      // defineProperty, since a field may be called __proto__.
      Object.defineProperty(fields, name, {
        value: { type: typeOf(field), description, ...bodyPart(field, path) },
        enumerable: true,
      });
    }
    return fields;
  }
  const items = schema.prefixItems?.[0] ?? (Array.isArray(schema.items) ? schema.items[0] : schema.items);
  return items === undefined ? undefined : [itemOf(asSchema(items as JsonSchema | boolean), path)];
}

function itemOf(schema: JsonSchema, path: readonly JsonSchema[]): ItemSpec {
  return { type: typeOf(schema), ...bodyPart(schema, path) };
}

function bodyPart(schema: JsonSchema, path: readonly JsonSchema[]): { body?: BodySpec } {
  const body = bodyOf(schema, path);
  return body === undefined ? {} : { body };
}

function asSchema(schema: JsonSchema | boolean): JsonSchema {
  return typeof schema === "boolean" ? {} : schema;
}

/** One word for a type, as the seed's tools show it. */
function typeOf(schema: JsonSchema): string {
  if (typeof schema.type === "string") return schema.type;
  if (Array.isArray(schema.type)) return schema.type.join(" | ");
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined)
    return [...new Set(choices.map((choice) => typeOf(asSchema(choice))))].join(" | ");
  const values = schema.const !== undefined ? [schema.const] : schema.enum;
  if (values !== undefined)
    return [...new Set(values.map((value) => (value === null ? "null" : typeof value)))].join(" | ");
  return schema.properties !== undefined ? "object" : "any";
}
