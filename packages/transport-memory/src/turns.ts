/** Something that has work to do in the next turn. */
export interface Task {
  /** Does what was there when it was called; what comes meanwhile is for another turn. Must not throw. */
  runTurn(): void;
}

type Later = (run: () => void) => void;

/** What a JavaScript host may offer for running something in a later turn; the first one there is taken. */
export interface TurnHost {
  readonly setImmediate?: (run: () => void) => unknown;
  readonly MessageChannel?: new () => TurnChannel;
  readonly setTimeout: (run: () => void, delayMs: number) => unknown;
}

interface TurnChannel {
  readonly port1: { onmessage: ((event: never) => void) | null };
  readonly port2: { postMessage(message: undefined): void };
}

// Taken when the module is loaded: a test that replaces the timers should control time, but messages are no timers;
// they are carried on as a socket would carry them.
const { setImmediate, MessageChannel, setTimeout } = globalThis as unknown as TurnHost;

/**
 * Carries out tasks in a later turn of the event loop: all that were added in one turn in one go, in their order.
 * Timers and I/O get their time between two turns, however much there is to deliver.
 */
export class Turns {
  readonly #host: TurnHost;
  #later: Later | undefined;
  #tasks: Task[] = [];
  #deferred = false;

  /** @param host the running system's unless a test says otherwise */
  constructor(host: TurnHost = { setImmediate, MessageChannel, setTimeout } as TurnHost) {
    this.#host = host;
  }

  /** The task sees to it that it is added once a turn. */
  add(task: Task): void {
    this.#tasks.push(task);
    if (this.#deferred) return;
    this.#deferred = true;
    this.#later ??= laterOn(this.#host);
    this.#later(this.#run);
  }

  readonly #run = (): void => {
    const tasks = this.#tasks;
    this.#tasks = [];
    this.#deferred = false;
    for (const task of tasks) task.runTurn();
  };
}

function laterOn({ setImmediate, MessageChannel, setTimeout }: TurnHost): Later {
  if (setImmediate !== undefined) return (run) => void setImmediate(run);
  if (MessageChannel === undefined) return (run) => void setTimeout(run, 0);
  // Browsers clamp nested timeouts to 4 ms; a message to oneself arrives at once.
  const { port1, port2 } = new MessageChannel();
  return (run) => {
    port1.onmessage = run;
    port2.postMessage(undefined);
  };
}
