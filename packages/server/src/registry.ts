import {
  checkMethod,
  type MaybePromise,
  type MethodSpec,
  type ResponseEnvelope,
  type ServerCall,
} from "@porthos-rpc/protocol";

/**
 * Runs one method: decodes its request, calls the handler, encodes what comes of it. Waits only if the handler does.
 * @throws whatever the handler throws, and `MalformedBody` for a request that is not what the method takes.
 */
export type MethodRunner = (call: ServerCall) => MaybePromise<ResponseEnvelope>;

/** The methods of a service. A Map, since method names come from strangers. */
export class Registry {
  readonly #runners = new Map<string, MethodRunner>();
  readonly #specs = new Map<string, MethodSpec | undefined>();

  /** @throws {TypeError} for a name that is no name or is taken. */
  add(where: string, method: string, runner: MethodRunner, spec: MethodSpec | undefined): void {
    checkMethod(where, method);
    if (this.#runners.has(method)) throw new TypeError(`${where}: method "${method}" has a handler already`);
    this.#runners.set(method, runner);
    this.#specs.set(method, spec);
  }

  runner(method: string): MethodRunner | undefined {
    return this.#runners.get(method);
  }

  /** All methods, with what they say about themselves. */
  get methods(): ReadonlyMap<string, MethodSpec | undefined> {
    return this.#specs;
  }
}
