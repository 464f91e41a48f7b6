import type { Emitter } from "mitt";
import * as mittModule from "mitt";

// mitt's types describe its CommonJS form, where the default export is one level deeper than it is for an importer.
const mitt = mittModule.default as unknown as typeof mittModule.default.default;

/**
 * Typed, synchronous events on mitt, made safe for observers: one that throws harms neither the emitter nor the other
 * observers, it is reported.
 */
export class Events<E extends object> {
  readonly #emitter: Emitter<Record<string, unknown>> = mitt<Record<string, unknown>>();
  readonly #onObserverError: (event: string, error: unknown) => void;

  constructor(onObserverError: (event: string, error: unknown) => void = () => {}) {
    this.#onObserverError = onObserverError;
  }

  /** Returns the function that stops listening. */
  on<K extends keyof E & string>(event: K, handler: (event: E[K]) => void): () => void {
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
