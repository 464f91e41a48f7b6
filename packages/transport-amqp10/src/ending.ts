/** The end of something, which several want to hear of: once each, at once if it has come already. */
export class Ending {
  readonly #listeners = new Set<(cause: unknown) => void>();
  #ended = false;
  #cause: unknown;

  get ended(): boolean {
    return this.#ended;
  }

  /** The listener must not throw. */
  add(listener: (cause: unknown) => void): void {
    if (this.#ended) listener(this.#cause);
    else this.#listeners.add(listener);
  }

  delete(listener: (cause: unknown) => void): void {
    this.#listeners.delete(listener);
  }

  end(cause: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cause = cause;
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener(cause);
  }
}
