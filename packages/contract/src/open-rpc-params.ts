import { type JsonSchema, jsonCodec } from "@porthos-rpc/protocol";
import { isBytes } from "./bytes.js";
import type { AnyMethod } from "./contract.js";
import type { OpenRpcSchemas } from "./open-rpc-schemas.js";

/** OpenRPC 1.3, "Content Descriptor Object". */
export interface OpenRpcParam {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema | boolean;
}

/** What a method takes. */
export interface OpenRpcParams {
  readonly paramStructure?: "by-name" | "by-position";
  readonly params: readonly OpenRpcParam[];
  /** Of a body that is neither an object nor an array of parameters. */
  readonly "x-porthos-body"?: string;
}

export function paramsOf({ name, input }: AnyMethod, schemas: OpenRpcSchemas): OpenRpcParams {
  if (input === undefined) return { params: [] };
  const key = `input.${name}`;
  const schema = schemas.convert(input, "input");
  const opened = schemas.open(schema, key);
  const params = byName(opened) ?? byPosition(opened);
  if (params !== undefined) return params;
  return {
    params: [{ name: "input", required: true, schema: schemas.place(schema, key) }],
    "x-porthos-body": isBytes(input) ? input.contentType : jsonCodec.contentType,
  };
}

function byName(schema: JsonSchema): OpenRpcParams | undefined {
  const {
    type,
    properties,
    required = [],
  } = schema as JsonSchema & { readonly required?: readonly string[] };
  if (type !== "object" || properties === undefined) return undefined;
  const params = Object.entries(properties).map(([name, property]) => ({
    name,
    required: required.includes(name),
    schema: property,
  }));
  // OpenRPC: what is required stands before what is not.
  params.sort((a, b) => Number(b.required) - Number(a.required));
  return params.some(({ name }) => name === "") ? undefined : { paramStructure: "by-name", params };
}

/** A tuple: in draft 7 an array whose `items` is an array. */
function byPosition(schema: JsonSchema): OpenRpcParams | undefined {
  const { type, items, minItems } = schema as JsonSchema & { readonly minItems?: number };
  if (type !== "array" || !Array.isArray(items)) return undefined;
  const params = (items as readonly (JsonSchema | boolean)[]).map((item, index) => ({
    name: `arg${index}`,
    required: index < (minItems ?? items.length),
    schema: item,
  }));
  return { paramStructure: "by-position", params };
}
