import type { Emitter } from "mitt";
import * as mittModule from "mitt";
import { kindOf } from "./kind-of.js";

// mitt's types describe its CommonJS form, where the default export is one level deeper than it is for an importer.
const mitt = mittModule.default as unknown as typeof mittModule.default.default;

/**
 * Typed, synchronous events on mitt, made safe for observers: one that throws harms neither the emitter nor the other
 * observers, it is reported.
 */
export class Events<E extends object> {
  readonly #emitter: Emitter<Record<string, unknown>> = mitt<Record<string, unknown>>();
  readonly #onObserverError: (event: string, error: unknown) => void;
  readonly #known: Readonly<Record<keyof E, true>> | undefined;

  /** @param known the events that there are; undefined = whatever name is listened to */
  constructor(
    onObserverError: (event: string, error: unknown) => void = () => {},
    known?: Readonly<Record<keyof E, true>>,
  ) {
    this.#onObserverError = onObserverError;
    this.#known = known;
  }

  /** Returns the function that stops listening. @throws {TypeError} for an event that there is not, or no function. */
  on<K extends keyof E & string>(event: K, handler: (event: E[K]) => void): () => void {
    if (this.#known !== undefined) check(this.#known, event, handler);
    const guarded = (payload: unknown): void => {
      try {
        // An async observer's rejection must not become an unhandled one either.
        const returned: unknown = handler(payload as E[K]);
        if (returned instanceof Promise)
          returned.catch((error: unknown) => this.#onObserverError(event, error));
      } catch (error) {
        this.#onObserverError(event, error);
      }
    };
    this.#emitter.on(event, guarded);
    return () => this.#emitter.off(event, guarded);
  }

  /** Whether anybody listens: ask before building an event on the hot path. */
  has(event: keyof E & string): boolean {
    const handlers = this.#emitter.all.get(event);
    return handlers !== undefined && handlers.length > 0;
  }

  emit<K extends keyof E & string>(event: K, payload: E[K]): void {
    this.#emitter.emit(event, payload);
  }
}

/** What nobody ever tells would be waited for in vain. */
function check(known: object, event: unknown, handler: unknown): void {
  if (typeof event !== "string" || !Object.hasOwn(known, event)) {
    const given = typeof event === "string" ? `"${event}"` : kindOf(event);
    throw new TypeError(`on: unknown event ${given}; the events are ${Object.keys(known).join(", ")}`);
  }
  if (typeof handler !== "function") {
    throw new TypeError(`on: the handler of "${event}" must be a function, got ${kindOf(handler)}`);
  }
}
