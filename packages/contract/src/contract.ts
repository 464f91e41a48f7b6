import { checkMethod, checkText, wrong } from "@porthos-rpc/protocol";
import { isDeclaration, named } from "./declaration.js";
import { membersOf } from "./members.js";
import type { Method } from "./method.js";
import type { Notification } from "./notification.js";
import type { StreamMethod } from "./stream.js";

/** A method of any kind: `kind` tells which. */
export type AnyMethod = Method | Notification | StreamMethod;

/** Methods by name. */
export interface MethodRecord {
  readonly [name: string]: AnyMethod;
}

/** From the global registry, so that two installed copies of this package recognise each other's contracts. */
const CONTRACT: unique symbol = Symbol.for("porthos.contract");

/** What belongs to the whole: beside the methods, so that it takes none of their names. */
interface Whole<Methods> {
  readonly service: string;
  readonly methods: ReadonlyMap<string, AnyMethod>;
  /** For types only. */
  readonly declared?: Methods;
}

/** A contract with whatever methods. */
export interface AnyContract {
  readonly [CONTRACT]: Whole<MethodRecord>;
}

/** A service's methods: its own enumerable properties, and nothing else. Frozen. */
export type Contract<Methods extends MethodRecord> = Readonly<Methods> & {
  readonly [CONTRACT]: Whole<Methods>;
};

/** The methods of a contract, without what belongs to the whole. */
export type MethodsIn<C extends AnyContract> = NonNullable<C[typeof CONTRACT]["declared"]>;

const WHERE = "contract";

/**
 * The contract of a service: what both of its ends share, and what they derive their types and checks from.
 * @param service the name of its queue: 1 to 255 bytes
 * @param methods made by `method()`, `notification()` and `stream()`, by name: 1 to 200 characters. Not `then`,
 * `toJSON`, `toString` and `valueOf`, which JavaScript would call by itself, nor `__proto__`
 * @throws {TypeError} at once for what is wrong, by name.
 */
export function contract<Methods extends MethodRecord>(service: string, methods: Methods): Contract<Methods> {
  checkText(WHERE, "service", service, 255);
  const own: Record<string, AnyMethod> = Object.create(null);
  for (const [name, declaration] of membersOf<AnyMethod>(WHERE, "methods", methods)) {
    checkMethod(WHERE, name);
    if (!isDeclaration(declaration)) {
      throw wrong(WHERE, name, "made by method(), notification() or stream()", declaration);
    }
    own[name] = named(declaration, service, name);
  }
  const whole: Whole<Methods> = { service, methods: new Map(Object.entries(own)) };
  return Object.freeze(Object.defineProperty(own, CONTRACT, { value: whole })) as Contract<Methods>;
}

/** The service that a contract is of. @throws {TypeError} for what is no contract. */
export function serviceOf(contract: AnyContract): string {
  return wholeOf("serviceOf", contract).service;
}

/**
 * The methods of a contract by name, in the order of their declaration. @throws {TypeError} for what is no contract.
 */
export function methodsOf(contract: AnyContract): ReadonlyMap<string, AnyMethod> {
  return wholeOf("methodsOf", contract).methods;
}

/** Whether a value was made by `contract()`. */
export function isContract(value: unknown): value is AnyContract {
  return typeof value === "object" && value !== null && CONTRACT in value;
}

function wholeOf(where: string, contract: unknown): Whole<MethodRecord> {
  if (!isContract(contract)) throw wrong(where, "contract", "made by contract()", contract);
  return contract[CONTRACT];
}
