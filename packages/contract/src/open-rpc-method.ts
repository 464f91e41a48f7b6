import type { JsonSchema } from "@porthos-rpc/protocol";
import type { AnyMethod } from "./contract.js";
import type { Declaration } from "./declaration.js";
import type { ErrorDeclarations } from "./declared-errors.js";
import { type OpenRpcParams, paramsOf } from "./open-rpc-params.js";
import type { OpenRpcSchemas } from "./open-rpc-schemas.js";
import { directionOf } from "./stream-direction.js";

/** OpenRPC 1.3, "Method Object". */
export interface OpenRpcMethod extends OpenRpcParams {
  readonly name: string;
  readonly description?: string;
  /** None for a notification. */
  readonly result?: { readonly name: string; readonly schema: JsonSchema };
  /** One for each status. */
  readonly errors?: readonly { readonly code: number; readonly message: string }[];
  readonly [extension: `x-porthos-${string}`]: unknown;
}

export function openRpcMethod(method: AnyMethod, schemas: OpenRpcSchemas): OpenRpcMethod {
  const { name, kind, description, idempotent } = method;
  const { errors }: Declaration = method;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...paramsOf(method, schemas),
    ...(kind === "notification" ? {} : { result: resultOf(method, schemas) }),
    ...(Object.keys(errors).length === 0
      ? {}
      : { errors: errorsOf(errors), "x-porthos-errors": errorDetails(name, errors, schemas) }),
    ...(idempotent ? { "x-porthos-idempotent": true } : {}),
    ...(kind === "stream" ? { "x-porthos-stream": streamOf(method, schemas) } : {}),
  };
}

/** The answer at the end: null, which is JSON-RPC's nothing, if it says nothing. */
function resultOf(method: AnyMethod, schemas: OpenRpcSchemas): NonNullable<OpenRpcMethod["result"]> {
  const answer = method.kind === "stream" ? method.result : method.output;
  if (answer === undefined) return { name: "nothing", schema: { type: "null" } };
  const schema = schemas.place(schemas.convert(answer, "output"), `result.${method.name}`);
  return { name: "output", schema };
}

function streamOf(method: AnyMethod, schemas: OpenRpcSchemas): object {
  const { name, upload, output } = method;
  return {
    direction: directionOf(method),
    ...(upload === undefined
      ? {}
      : { upload: schemas.place(schemas.convert(upload, "input"), `upload.${name}`) }),
    ...(output === undefined
      ? {}
      : { output: schemas.place(schemas.convert(output, "output"), `output.${name}`) }),
  };
}

/** OpenRPC tells errors apart by code: those of one status are told together. */
function errorsOf(errors: ErrorDeclarations): NonNullable<OpenRpcMethod["errors"]> {
  const byStatus = new Map<number, string[]>();
  for (const [reason, { status, description }] of Object.entries(errors)) {
    const told = description === undefined ? reason : `${reason}: ${description}`;
    byStatus.set(status, [...(byStatus.get(status) ?? []), told]);
  }
  return Array.from(byStatus, ([code, told]) => ({ code, message: told.join("; ") }));
}

function errorDetails(method: string, errors: ErrorDeclarations, schemas: OpenRpcSchemas): object {
  const entries = Object.entries(errors).map(([reason, { status, data, description }]) => [
    reason,
    {
      status,
      ...(description === undefined ? {} : { description }),
      // A reason has no dot, so no two keys are the same.
      ...(data === undefined
        ? {}
        : { data: schemas.place(schemas.convert(data, "output"), `error.${reason}.${method}`) }),
    },
  ]);
  return Object.fromEntries(entries) as object;
}
