import { RpcError } from "@porthos-rpc/protocol";
import type { AnyMethod } from "./contract.js";
import { checkNamed } from "./declaration.js";
import type { Schema, SchemaInput, SchemaOutput } from "./schema.js";

/** From the global registry, so that two installed copies of this package recognise each other's errors. */
const BRAND = Symbol.for("porthos.ContractError");

/** A handler's detail may be made of anything, and a stranger's is one's word. */
const MAX_DETAIL_LENGTH = 1_000;

export interface ContractErrorInit<Reason extends string, Data> {
  readonly service: string;
  readonly method: string;
  readonly reason: Reason;
  readonly status: number;
  readonly data: Data;
  /** This occurrence, for the caller's eyes: it travels. Cut off after 1,000 characters. */
  readonly detail?: string | undefined;
  /** Stays on this side. */
  readonly cause?: unknown;
}

/**
 * An error that a method's contract declares: thrown by a handler, it reaches the caller by name and with its data.
 * Its code is `Remote`, and it was executed. `instanceof ContractError` holds across two installed copies of the
 * package.
 */
export class ContractError<Reason extends string = string, Data = unknown> extends RpcError {
  readonly service: string;
  readonly method: string;
  /** The name that the contract declares it by. */
  readonly reason: Reason;
  /** What its schema gives; undefined for an error without data. */
  readonly data: Data;
  /** This occurrence, in words; undefined if nobody said. At most 1,000 characters. */
  readonly detail: string | undefined;

  /** @internal In a handler: `context.errors`. */
  constructor(init: ContractErrorInit<Reason, Data>) {
    const { service, method, reason, status, cause } = init;
    const detail = init.detail?.slice(0, MAX_DETAIL_LENGTH);
    const said = detail === undefined ? "" : `: ${detail}`;
    super("Remote", `${service}.${method}: ${reason}${said}`, { status, executed: "yes", cause });
    this.service = service;
    this.method = method;
    this.reason = reason;
    this.data = init.data;
    this.detail = detail;
  }

  static {
    // On the prototype, not per instance: an own `name` would be printed with every error.
    Object.defineProperty(ContractError.prototype, "name", {
      value: "ContractError",
      configurable: true,
      writable: true,
    });
    Object.defineProperty(ContractError.prototype, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): value is ContractError {
    // Inherited by subclasses, and not every ContractError is one of theirs.
    // biome-ignore lint/complexity/noThisInStatic: which class was asked is the question
    if (this !== ContractError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && BRAND in value;
  }

  override toJSON(): Record<string, unknown> {
    const { service, method, reason, data } = this;
    return { ...super.toJSON(), service, method, reason, ...(data === undefined ? {} : { data }) };
  }
}

// Each of these is asked of one declaration at a time: of a method of which nothing is known they are several.
type ReasonIn<Errors> = Errors extends unknown ? keyof Errors & string : never;
type ErrorIn<Errors, Reason extends string> = Errors extends { readonly [R in Reason]: infer D }
  ? ContractError<Reason, SchemaOutput<DataSchemaOf<D>>>
  : never;
type ErrorsIn<Errors> = Errors extends unknown
  ? { readonly [R in keyof Errors & string]: ErrorIn<Errors, R> }[keyof Errors & string]
  : never;

type DataSchemaOf<D> = D extends { readonly data?: infer S } ? (S extends Schema ? S : undefined) : undefined;

/** What an error's factory takes. @typeParam D its declaration */
export type ErrorDataSent<D> = SchemaInput<DataSchemaOf<D>>;

/** The names of a method's errors. */
export type ReasonOf<M extends AnyMethod> = ReasonIn<M["errors"]>;

/** One of a method's errors, by its name. */
export type ErrorOf<M extends AnyMethod, Reason extends string> = ErrorIn<M["errors"], Reason>;

/** All errors of a method: `reason` tells which. */
export type ErrorsOf<M extends AnyMethod> = ErrorsIn<M["errors"]>;

/**
 * Whether an error is one that this method of a contract declares, or the one called `reason`; its `data` is then
 * typed. An error that a handler got from another method is not: it says where it came from.
 * @throws {TypeError} when the method is not of a contract, or does not declare such an error.
 */
export function isContractError<M extends AnyMethod>(error: unknown, method: M): error is ErrorsOf<M>;
export function isContractError<M extends AnyMethod, Reason extends ReasonOf<M>>(
  error: unknown,
  method: M,
  reason: Reason,
): error is ErrorOf<M, Reason>;
export function isContractError(error: unknown, method: AnyMethod, reason?: string): boolean {
  checkNamed("isContractError", method);
  if (reason !== undefined && !(reason in method.errors)) {
    throw new TypeError(`isContractError: ${method.service}.${method.name} declares no error "${reason}"`);
  }
  if (!isBranded(error) || error.service !== method.service || error.method !== method.name) return false;
  return reason === undefined ? error.reason in method.errors : error.reason === reason;
}

/** A handler may throw anything, a Proxy that throws at the first look among it. */
function isBranded(error: unknown): error is ContractError {
  try {
    return error instanceof ContractError;
  } catch {
    return false;
  }
}
