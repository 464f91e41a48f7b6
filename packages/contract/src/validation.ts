import { checkBoolean, checkKnown } from "@porthos-rpc/protocol";

/** What one end checks by its contract: both, neither, or one of the two. */
export type Validation = boolean | { readonly input?: boolean; readonly output?: boolean };

/** An end's option `validate`. @throws {TypeError} that names the wrong part of it. */
export function checkValidation(
  where: string,
  value: Validation | undefined,
): { readonly input: boolean; readonly output: boolean } {
  if (value === undefined || typeof value === "boolean") {
    return { input: value ?? true, output: value ?? true };
  }
  checkKnown(`${where}: option "validate"`, value, ["input", "output"]);
  return {
    input: checkBoolean(where, "validate.input", value.input, true),
    output: checkBoolean(where, "validate.output", value.output, true),
  };
}
