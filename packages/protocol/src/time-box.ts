import { type DeadlineWheel, Timed } from "./deadline-wheel.js";

/** Work of somebody else's, of which nobody knows whether it ever ends. The wait for it does, in time. */
export class TimeBox<T, L> extends Timed {
  /** What the work comes to, or what was given for the case that the wait is over first. */
  readonly result: Promise<T | L>;
  readonly #wheel: DeadlineWheel;
  #late: L;
  #resolve!: (end: T | L) => void;

  /**
   * @param dueMs on the clock's scale, when the wait is over
   * @param late a value and no error, so that who awaits can make one whose stack names him
   */
  constructor(wheel: DeadlineWheel, dueMs: number, work: Promise<T>, late: L) {
    super();
    this.#wheel = wheel;
    this.#late = late;
    const result = new Promise<T | L>((resolve, reject) => {
      this.#resolve = resolve;
      // These two themselves: V8 follows them from an error in the work to who awaits the result.
      work.then(resolve, reject);
    });
    this.result = result.finally(() => wheel.remove(this));
    wheel.add(this, dueMs);
  }

  /** Ends the wait, unless it is over. What the work comes to then is dropped. */
  end(late: L): void {
    this.#resolve(late);
  }

  /** The wait is over then already, for another reason. */
  hurry(dueMs: number, late: L): void {
    if (this.slot < 0 || dueMs >= this.dueMs) return;
    this.#late = late;
    this.#wheel.remove(this);
    this.#wheel.add(this, dueMs);
  }

  override onDeadline(): void {
    this.end(this.#late);
  }
}
