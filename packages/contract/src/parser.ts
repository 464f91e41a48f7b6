import { andThen, type MaybePromise } from "@porthos-rpc/protocol";
import type { Schema } from "./schema.js";
import { type Validated, validate } from "./validate.js";

/** Why a value does not fit its schema. */
export type Misfit = Extract<Validated<unknown>, { readonly ok: false }>;

/**
 * A function that gives what a schema makes of a value, or throws what `refuse` makes of a misfit. It gives values as they are
 * where nothing is to be checked, and a promise only if the validator does.
 * @param schema undefined: nothing is to be checked
 * @typeParam Context whatever `refuse` needs to know of the single value
 */
export function parser<Context = undefined>(
  schema: Schema | undefined,
  refuse: (misfit: Misfit, context: Context) => Error,
): (value: unknown, context: Context) => MaybePromise<unknown> {
  if (schema === undefined) return (value) => value;
  return (value, context) =>
    andThen(validate(schema, value), (validated: Validated<unknown>) => {
      if (validated.ok) return validated.value;
      throw refuse(validated, context);
    });
}
