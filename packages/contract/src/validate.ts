import type { MaybePromise } from "@porthos-rpc/protocol";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Schema } from "./schema.js";

/** Why a value does not fit. */
export type Issue = StandardSchemaV1.Issue;

/** What a schema makes of a value. */
export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** At least one. */
      readonly issues: readonly Issue[];
      /** What the validator threw, or how it broke the Standard Schema's rules; undefined where it did its work. */
      readonly cause: unknown;
    };

/**
 * Parses a value by a schema. A promise only if the validator returns one. Never throws or rejects: a validator that
 * does has not found the value valid.
 */
export function validate<S extends Schema>(
  schema: S,
  value: unknown,
): MaybePromise<Validated<StandardSchemaV1.InferOutput<S>>> {
  let result: unknown;
  try {
    result = schema["~standard"].validate(value);
  } catch (cause) {
    return failed(cause);
  }
  return isThenable(result) ? Promise.resolve(result).then(read, failed) : read(result);
}

function read<T>(result: unknown): Validated<T> {
  if (typeof result !== "object" || result === null)
    return failed(new TypeError("the validator gave no result"));
  const { issues, value } = result as { readonly issues?: unknown; readonly value?: T };
  if (issues === undefined || issues === null || issues === false) {
    // By the standard, issues that are falsy are success; a result that says nothing at all is not.
    if (!("value" in result)) return failed(new TypeError("the validator gave neither a value nor issues"));
    return { ok: true, value: value as T };
  }
  if (!Array.isArray(issues) || issues.length === 0)
    return failed(new TypeError("the validator gave no list of issues"));
  return { ok: false, issues: issues as readonly Issue[], cause: undefined };
}

function failed(cause: unknown): Validated<never> {
  return { ok: false, issues: [{ message: "its validator failed" }], cause };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}
