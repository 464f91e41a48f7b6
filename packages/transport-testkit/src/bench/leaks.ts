import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { pause } from "./waits.js";

/** What keeps a program from exiting, by Node's names, and what a closed transport must not hold. */
const HELD: ReadonlySet<string> = new Set(["Timeout", "TCPWRAP", "TLSWRAP", "PIPEWRAP", "UDPWRAP"]);

interface Handle {
  /** Undefined once the handle is closed. */
  hasRef?(): boolean | undefined;
  /** Timers: run or cleared. */
  readonly _destroyed?: boolean;
}

interface Held {
  readonly kind: string;
  readonly handle: Handle;
  /** Made where it was made; its stack is a text only once it is asked for, which costs much. */
  readonly origin: Error;
}

const running = new AsyncLocalStorage<LeakWatch>();

/**
 * Sees the timers and sockets that are made while something runs, by whatever it calls, and says which are left.
 * What others make at the same time (the test runner) is not seen.
 */
export class LeakWatch {
  readonly #held: Held[] = [];
  readonly #hook = createHook({
    init: (_id, kind, _trigger, handle) => {
      if (HELD.has(kind) && running.getStore() === this) {
        this.#held.push({ kind, handle, origin: new Error() });
      }
    },
  });

  run<T>(act: () => Promise<T>): Promise<T> {
    this.#hook.enable();
    return running.run(this, act);
  }

  /** Ends the watch. What is left after waiting up to `ms` for it to go; undefined if nothing is. */
  async end(ms: number): Promise<string | undefined> {
    this.#hook.disable();
    const end = performance.now() + ms;
    while (this.#left().length > 0 && performance.now() < end) await pause(5);
    const left = this.#left();
    return left.length === 0 ? undefined : left.slice(0, 3).map(describe).join("; ");
  }

  #left(): Held[] {
    return this.#held.filter(({ handle }) => handle._destroyed !== true && handle.hasRef?.() === true);
  }
}

function describe({ kind, origin }: Held): string {
  const frames = (origin.stack ?? "")
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
  const maker = frames.find((frame) => !frame.includes("node:") && !frame.includes("AsyncHook"));
  return `a ${kind} made ${maker ?? "somewhere"}`;
}
