/** Holds those who pass until it is opened. */
export class Latch {
  readonly #opened: Promise<void>;
  #open!: () => void;

  constructor() {
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  readonly pass = (): Promise<void> => this.#opened;

  open(): void {
    this.#open();
  }
}
