import { type Clock, systemClock } from "@porthos-rpc/protocol";

/** Something that has work to do in the next turn. */
export interface Task {
  /** Does what was there when it was called; what comes meanwhile is for another turn. Must not throw. */
  runTurn(): void;
}

/**
 * Carries out tasks in a later turn of the event loop: all that were added in one turn in one go, in their order.
 * Timers and I/O get their time between two turns, however much there is to deliver.
 */
export class Turns {
  readonly #later: Clock["later"];
  #tasks: Task[] = [];
  #deferred = false;

  /**
   * @param later the running system's even where the clock is a test's: messages are no timers, they are carried on as a
   * socket would carry them
   */
  constructor(later: Clock["later"] = systemClock.later) {
    this.#later = later;
  }

  /** The task sees to it that it is added once a turn. */
  add(task: Task): void {
    this.#tasks.push(task);
    if (this.#deferred) return;
    this.#deferred = true;
    this.#later(this.#run);
  }

  readonly #run = (): void => {
    const tasks = this.#tasks;
    this.#tasks = [];
    this.#deferred = false;
    for (const task of tasks) task.runTurn();
  };
}
