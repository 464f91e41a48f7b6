import { checkInteger, checkKnown, checkText, wrong } from "@porthos-rpc/protocol";
import { isBytes } from "./bytes.js";
import { membersOf } from "./members.js";
import { checkSchema, type Schema } from "./schema.js";

/** An error that a method may answer with. */
export interface ErrorDeclaration {
  /** 400 to 599. Peers that know no contract see only this. */
  readonly status: number;
  /** What the error says beyond its name: JSON. The error carries no data without it. */
  readonly data?: Schema;
  /** For people, and for the derived descriptions. */
  readonly description?: string;
}

/** The errors of a method, by name: letters, digits and `_`, at most 64, the first no digit. */
export interface ErrorDeclarations {
  readonly [reason: string]: ErrorDeclaration;
}

/** Of a method that declares no error. */
export type NoErrors = Readonly<Record<never, never>>;

/** The longest description, in bytes. */
export const MAX_DESCRIPTION_BYTES = 16_384;

const REASON = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** A frozen copy without prototype, so that no name finds what it did not declare. @throws {TypeError} */
export function checkErrors(where: string, errors: unknown): ErrorDeclarations {
  const checked: Record<string, ErrorDeclaration> = Object.create(null);
  if (errors !== undefined) {
    for (const [reason, declaration] of membersOf<ErrorDeclaration>(where, "errors", errors)) {
      if (!REASON.test(reason)) {
        throw new TypeError(
          `${where}: an error's name must be 1 to 64 letters, digits and "_", the first no digit; "${reason.slice(0, 80)}" is none`,
        );
      }
      checked[reason] = checkDeclaration(where, `errors.${reason}`, declaration);
    }
  }
  return Object.freeze(checked);
}

function checkDeclaration(where: string, name: string, declaration: ErrorDeclaration): ErrorDeclaration {
  checkKnown(`${where}: option "${name}"`, declaration, ["status", "data", "description"]);
  const { status, data, description } = declaration;
  if (status === undefined) throw wrong(where, `${name}.status`, "a whole number from 400 to 599", status);
  checkInteger(where, `${name}.status`, status, { min: 400, max: 599, fallback: status });
  checkSchema(where, `${name}.data`, data);
  if (isBytes(data)) {
    throw new TypeError(`${where}: option "${name}.data" cannot be bytes(): it is a member of a JSON body`);
  }
  return Object.freeze({
    status,
    ...(data === undefined ? {} : { data }),
    ...(description === undefined
      ? {}
      : { description: checkText(where, `${name}.description`, description, MAX_DESCRIPTION_BYTES) }),
  });
}
