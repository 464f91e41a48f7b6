import { checkMethod, type MethodSpec, wrong } from "@porthos-rpc/protocol";
import type { Request } from "./request.js";
import type { Response } from "./response.js";

/**
 * Answers a request: through `response`, or by returning a value (or a promise of one), which answers 200 with it.
 * What it throws answers 500, without the reason; the reason is in the server's `handlerError` event.
 */
export type Handler = (request: Request, response: Response) => unknown;

/** The methods of a service. A Map, since method names come from strangers. */
export class Registry {
  readonly #handlers = new Map<string, Handler>();
  readonly #specs = new Map<string, MethodSpec | undefined>();

  /** @throws {TypeError} for a name that is no name or is taken, and for what is no function. */
  add(where: string, method: string, handler: Handler, spec: MethodSpec | undefined): void {
    checkMethod(where, method);
    if (typeof handler !== "function") throw wrong(where, "handler", "a function", handler);
    if (this.#handlers.has(method)) throw new TypeError(`${where}: method "${method}" has a handler already`);
    this.#handlers.set(method, handler);
    this.#specs.set(method, spec);
  }

  handler(method: string): Handler | undefined {
    return this.#handlers.get(method);
  }

  /** All methods, with what they say about themselves. */
  get methods(): ReadonlyMap<string, MethodSpec | undefined> {
    return this.#specs;
  }
}
