import { checkKnown, wrong } from "@porthos-rpc/protocol";
import type { AnyMethod } from "./contract.js";
import { ContractError, type ErrorDataSent, type ErrorOf } from "./contract-error.js";
import { checkNamed, type Declaration } from "./declaration.js";
import type { ErrorDeclaration } from "./declared-errors.js";
import { describeIssues } from "./issues.js";
import { type Validated, validate } from "./validate.js";

export interface ContractErrorOptions {
  /** This occurrence, for the caller's eyes. Cut off after 1,000 characters. @default the declaration's description */
  readonly message?: string;
  /** The error behind it. It stays with the service. */
  readonly cause?: unknown;
}

/** Makes a method's errors: one function for each, to be thrown from. */
export type ErrorFactories<M extends AnyMethod> = {
  readonly [Reason in keyof M["errors"] & string]: ErrorFactory<M["errors"][Reason], ErrorOf<M, Reason>>;
};

type ErrorFactory<D, E> = D extends { readonly data: unknown }
  ? (data: ErrorDataSent<D>, options?: ContractErrorOptions) => E
  : (options?: ContractErrorOptions) => E;

/**
 * The errors of a method of a contract, for its handler: `throw errors.tooLarge({ max })`. Data is parsed by its schema
 * where the factory is called, so that what the contract does not name never leaves the service; data whose validator
 * is asynchronous is taken as it is, and checked by who receives it.
 * @throws {TypeError} when the method is not of a contract. A factory: when the data does not fit its schema.
 */
export function errorFactories<M extends AnyMethod>(method: M): ErrorFactories<M> {
  checkNamed("errorFactories", method);
  const factories: Record<string, unknown> = Object.create(null);
  const { errors }: Declaration = method;
  for (const [reason, declaration] of Object.entries(errors)) {
    factories[reason] = factory(method, reason, declaration);
  }
  return Object.freeze(factories) as ErrorFactories<M>;
}

function factory(method: AnyMethod, reason: string, declaration: ErrorDeclaration): unknown {
  const make = (data: unknown, options: ContractErrorOptions = {}): ContractError => {
    const where = `errors.${reason}`;
    checkKnown(where, options, ["message", "cause"]);
    const { message = declaration.description, cause } = options;
    if (message !== undefined && typeof message !== "string")
      throw wrong(where, "message", "a text", message);
    const { service, name } = method;
    const { status } = declaration;
    return new ContractError({ service, method: name, reason, status, data, detail: message, cause });
  };
  const { data: schema } = declaration;
  if (schema === undefined) return (options?: ContractErrorOptions) => make(undefined, options);
  return (data: unknown, options?: ContractErrorOptions) => {
    const parsed = validate(schema, data);
    return make(parsed instanceof Promise ? data : fitting(method, reason, parsed), options);
  };
}

function fitting(method: AnyMethod, reason: string, parsed: Validated<unknown>): unknown {
  if (parsed.ok) return parsed.value;
  throw new TypeError(
    `${method.service}.${method.name}: the data of error "${reason}" does not fit its schema: ${describeIssues(parsed.issues)}`,
    { cause: parsed.cause },
  );
}
