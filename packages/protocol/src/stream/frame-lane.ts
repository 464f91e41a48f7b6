import type { Clock } from "../clock.js";
import type { DeadlineWheel } from "../deadline-wheel.js";
import { RpcError } from "../errors.js";
import type { MaybePromise } from "../extension.js";
import type { Message } from "../message.js";
import { TimeBox } from "../time-box.js";
import type { ByteBudget } from "./byte-budget.js";
import { changedFrame } from "./changed-frame.js";

/** How long extensions may hold a message that nothing else bounds, in milliseconds. */
export const MAX_HOLD_MS = 5_000;

/** Frames without items that may wait: signs of life and credit, of which no peer has so many on the way. */
const MAX_CONTROL_FRAMES = 64;

export interface FrameLaneOptions<Tag> {
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  /** What the extensions make of a message. */
  readonly change: (message: Message) => MaybePromise<Message>;
  /** The frames with items that may wait at most, 0 or more, beside 64 others. @default any number, where the sender bounds them */
  readonly window?: number | undefined;
  /** Of the bytes that wait. @default any number, where the sender bounds them */
  readonly budget?: ByteBudget | undefined;
  /** Takes a changed frame, after those before it. Must not throw. */
  onChanged(frame: Message, tag: Tag): void;
  /**
   * A frame cannot be changed: the extensions threw, made no message of it, or held it for 5 s. Those that waited behind it are dropped.
   * Must not throw.
   */
  onFault(error: unknown): void;
}

interface Waiting<Tag> {
  readonly frame: Message;
  readonly tag: Tag;
}

/** What the wait for a frame comes to when it takes too long. */
const LATE = Symbol("late");

/**
 * The frames of one exchange and direction on their way through the extensions that change messages: one after the other, so that they stay in
 * order. A frame that is changed at once, with none before it, does not wait.
 */
export class FrameLane<Tag> {
  readonly #options: FrameLaneOptions<Tag>;
  readonly #maxWaiting: number;
  #waiting: Waiting<Tag>[] = [];
  /** The wait for the frame that extensions hold. */
  #box: TimeBox<Message, typeof LATE> | undefined;
  #isRunning = false;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  constructor(options: FrameLaneOptions<Tag>) {
    this.#options = options;
    this.#maxWaiting = (options.window ?? Number.POSITIVE_INFINITY) + MAX_CONTROL_FRAMES;
  }

  /** Whether frames are on their way. */
  get isBusy(): boolean {
    return this.#isRunning || this.#box !== undefined;
  }

  /** One more frame. False, and nothing taken, if it would have to wait and too much does already. */
  push(frame: Message, tag: Tag): boolean {
    if (this.#isClosed) return true;
    if (this.isBusy) {
      if (this.#waiting.length >= this.#maxWaiting) return false;
      if (this.#options.budget?.take(frame.body.length) === false) return false;
      this.#waiting.push({ frame, tag });
      return true;
    }
    this.#isRunning = true;
    this.#change(frame, tag);
    this.#run();
    return true;
  }

  /** Calls back once, when no frame is on its way: at once if none is. False, and nothing done, if somebody waits for that already. */
  whenIdle(callback: () => void): boolean {
    if (this.#onIdle !== undefined) return false;
    this.#onIdle = callback;
    this.#tellIdle();
    return true;
  }

  /** Drops the frames that wait. The one that extensions hold goes on. */
  clear(): void {
    for (const { frame } of this.#waiting.splice(0)) this.#options.budget?.give(frame.body.length);
  }

  /** Nothing comes out any more. */
  close(): void {
    this.#isClosed = true;
    this.clear();
    const box = this.#box;
    this.#box = undefined;
    box?.end(LATE);
    this.#tellIdle();
  }

  /** In a loop, since whatever it calls may push. */
  #run(): void {
    while (this.#box === undefined) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#options.budget?.give(next.frame.body.length);
      this.#change(next.frame, next.tag);
    }
    this.#isRunning = false;
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.isBusy) return;
    const callback = this.#onIdle;
    this.#onIdle = undefined;
    callback?.();
  }

  #change(frame: Message, tag: Tag): void {
    let changed: MaybePromise<Message>;
    try {
      const made = this.#options.change(frame);
      changed = made instanceof Promise ? made : changedFrame(frame, made);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (changed instanceof Promise) this.#await(frame, tag, changed);
    else this.#hand(changed, tag);
  }

  #hand(frame: Message, tag: Tag): void {
    if (!this.#isClosed) this.#options.onChanged(frame, tag);
  }

  #await(frame: Message, tag: Tag, work: Promise<Message>): void {
    const { clock, wheel } = this.#options;
    const changing = work.then((made) => changedFrame(frame, made));
    const box = new TimeBox<Message, typeof LATE>(wheel, clock.now() + MAX_HOLD_MS, changing, LATE);
    this.#box = box;
    const goOn = (next: () => void): void => {
      // Else it was closed meanwhile.
      if (this.#box !== box) return;
      this.#box = undefined;
      this.#isRunning = true;
      next();
      this.#run();
    };
    box.result.then(
      (changed) => goOn(() => (changed === LATE ? this.#fail(held()) : this.#hand(changed, tag))),
      (error: unknown) => goOn(() => this.#fail(error)),
    );
    if (this.#isClosed) this.close();
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.clear();
    this.#options.onFault(error);
  }
}

function held(): RpcError {
  return new RpcError("Timeout", `an extension held a frame for longer than ${MAX_HOLD_MS} ms`, {
    executed: "maybe",
  });
}
