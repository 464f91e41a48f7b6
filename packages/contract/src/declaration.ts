import { checkText } from "@porthos-rpc/protocol";
import { checkErrors, type ErrorDeclarations, MAX_DESCRIPTION_BYTES } from "./declared-errors.js";
import { checkSchema, type Schema } from "./schema.js";

/** From the global registry, so that two installed copies of this package recognise each other's methods. */
const METHOD: unique symbol = Symbol.for("porthos.method");

/** What all kinds of methods say; what a kind has not is undefined. Frozen. */
export interface Declaration {
  /** "" until it is a part of a contract. */
  readonly name: string;
  /** The service that it is a method of. "" until it is a part of a contract. */
  readonly service: string;
  readonly description: string | undefined;
  /** Whether running it twice does no more than running it once: then a client may repeat it. */
  readonly idempotent: boolean;
  /** The body of the request. */
  readonly input: Schema | undefined;
  /** An item of the stream from the client. */
  readonly upload: Schema | undefined;
  /** The body of the reply; of a stream: an item of the stream from the server. */
  readonly output: Schema | undefined;
  /** What the server replies at the end of a stream from the client. */
  readonly result: Schema | undefined;
  readonly errors: ErrorDeclarations;
}

/** What is not in the declaration's type: for this package only. */
interface Hidden {
  /** Computed once. */
  hash: string | undefined;
}

/**
 * The type itself, in a form that inference does not look into. What `contract()` expects of its methods would
 * otherwise be taken for what a method without input, output or errors was given.
 */
export type Given<T> = T extends infer Same extends T ? Same : never;

interface Options {
  readonly description?: string;
  readonly idempotent?: boolean;
  readonly input?: Schema;
  readonly upload?: Schema;
  readonly output?: Schema;
  readonly result?: Schema;
  readonly errors?: ErrorDeclarations;
}

/** Checks what all kinds have in common, and makes a method of it that belongs to no contract yet. */
export function declare(
  where: string,
  kind: "method" | "notification" | "stream",
  options: Options,
): Declaration {
  const { description, idempotent = false, errors } = options;
  return brand({
    kind,
    name: "",
    service: "",
    description:
      description === undefined
        ? undefined
        : checkText(where, "description", description, MAX_DESCRIPTION_BYTES),
    idempotent,
    input: checkSchema(where, "input", options.input),
    upload: checkSchema(where, "upload", options.upload),
    output: checkSchema(where, "output", options.output),
    result: checkSchema(where, "result", options.result),
    errors: checkErrors(where, errors),
  });
}

/** The same declaration as a method of a service. */
export function named<D extends Declaration>(declaration: D, service: string, name: string): D {
  return brand({ ...declaration, service, name });
}

/** Whether a value was made by `method()`, `notification()` or `stream()`. */
export function isDeclaration(value: unknown): value is Declaration {
  return typeof value === "object" && value !== null && METHOD in value;
}

export function hidden(declaration: Declaration): Hidden {
  return (declaration as unknown as { readonly [METHOD]: Hidden })[METHOD];
}

/** @throws {TypeError} for one that is not a contract's. */
export function checkNamed(where: string, declaration: unknown): void {
  if (!isDeclaration(declaration)) throw new TypeError(`${where}: expected a method of a contract`);
  if (declaration.name === "") {
    throw new TypeError(
      `${where}: this method is not a part of a contract; take it from what contract() gave`,
    );
  }
}

function brand<D extends object>(declaration: D): D {
  const own: Hidden = { hash: undefined };
  return Object.freeze(Object.defineProperty(declaration, METHOD, { value: own }));
}
