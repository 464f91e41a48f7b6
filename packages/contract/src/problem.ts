import type { MaybePromise, Problem } from "@porthos-rpc/protocol";
import type { AnyMethod } from "./contract.js";
import { ContractError } from "./contract-error.js";
import { checkNamed, type Declaration } from "./declaration.js";
import { validate } from "./validate.js";

/** What the `type` of a declared error begins with; its name follows (RFC 9457, 3.1.1). */
const TYPE_PREFIX = "urn:porthos:error:";

/** A declared error as it travels. */
export interface ContractProblem extends Problem {
  readonly type: string;
  readonly data?: unknown;
}

/** The `type` of a problem that stands for a declared error. */
export function problemType(reason: string): string {
  return TYPE_PREFIX + reason;
}

/** A declared error for the wire. Its cause and stack stay on this side. */
export function contractErrorToProblem(error: ContractError): ContractProblem {
  const { reason, status, detail, data } = error;
  return {
    type: problemType(reason),
    title: reason,
    status,
    ...(detail === undefined ? {} : { detail }),
    executed: "yes",
    ...(data === undefined ? {} : { data }),
  };
}

/**
 * The error that a problem from the wire stands for, if it is one that the method declares and its data fits its
 * schema. Undefined otherwise: then the caller has to do with the status. A promise only if the data's validator
 * returns one.
 * @param status the reply's: of a service whose contract is another version it may differ from the declaration's
 * @throws {TypeError} when the method is not of a contract.
 */
export function contractErrorFromProblem(
  method: AnyMethod,
  status: number,
  problem: unknown,
): MaybePromise<ContractError | undefined> {
  checkNamed("contractErrorFromProblem", method);
  const { type, detail, data } = partsOf(problem);
  if (typeof type !== "string" || !type.startsWith(TYPE_PREFIX)) return undefined;
  const reason = type.slice(TYPE_PREFIX.length);
  const { errors }: Declaration = method;
  const declaration = errors[reason];
  if (declaration === undefined) return undefined;
  const make = (value: unknown): ContractError =>
    new ContractError({
      service: method.service,
      method: method.name,
      reason,
      status,
      data: value,
      detail: typeof detail === "string" ? detail : undefined,
    });
  if (declaration.data === undefined) return make(undefined);
  const parsed = validate(declaration.data, data);
  if (parsed instanceof Promise) return parsed.then((late) => (late.ok ? make(late.value) : undefined));
  return parsed.ok ? make(parsed.value) : undefined;
}

function partsOf(problem: unknown): {
  readonly type?: unknown;
  readonly detail?: unknown;
  readonly data?: unknown;
} {
  return typeof problem === "object" && problem !== null ? problem : {};
}
