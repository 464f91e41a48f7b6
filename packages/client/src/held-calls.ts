import {
  type ClientCall,
  type Clock,
  type DeadlineWheel,
  type Executed,
  onAbort,
  TimeBox,
} from "@porthos-rpc/protocol";
import { Failure } from "./outgoing-call.js";

/** So much longer a call is left to what is further in, which ends it by itself and knows how far it had come. */
const LINGER_MS = 150;

/** What is held. */
type Held = Pick<ClientCall, "service" | "method" | "signal" | "timeoutMs">;

/** In whose hands a call is. */
export interface Holder {
  /** For error messages. */
  readonly name: string;
  /** Whether the call has run, as far as is known while it is held there. */
  readonly executed: Executed;
  readonly lingerMs: number;
}

/** Nobody but the extension knows whether it has let the call through. */
const EXTENSION: Holder = { name: "an extension", executed: "maybe", lingerMs: LINGER_MS };

/** A validator of the contract, before anything is sent. */
export const INPUT_CHECK: Holder = { name: "the check of its input", executed: "no", lingerMs: 0 };

/** A validator of the contract, of what was answered. */
export const OUTPUT_CHECK: Holder = { name: "the check of its answer", executed: "yes", lingerMs: 0 };

/** A validator of the contract, of one item of a stream. */
export const ITEM_CHECK: Holder = { name: "the check of an item", executed: "maybe", lingerMs: 0 };

/** The calls of a client that are in the hands of its extensions, or of validators that wait: each ends in time, whatever those do with it. */
export class HeldCalls {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  readonly #boxes = new Map<Pick<TimeBox<unknown, Failure>, "end">, () => Failure>();
  #closed = false;

  constructor(clock: Clock, wheel: DeadlineWheel) {
    this.#clock = clock;
    this.#wheel = wheel;
  }

  /**
   * What the work for a call comes to.
   * @param limitMs how long it may still take, of the time that the message names: `call.timeoutMs`
   * @throws what it throws; {RpcError} Timeout or Cancelled when it does not end with the call, Closed after `close`
   */
  async bounded<T>(
    call: Held,
    work: Promise<T>,
    limitMs: number = call.timeoutMs,
    holder: Holder = EXTENSION,
  ): Promise<T> {
    const { signal } = call;
    const { lingerMs } = holder;
    const dueMs = this.#clock.now() + limitMs + lingerMs;
    const late = failure("Timeout", call, `no answer within ${Math.round(call.timeoutMs)} ms`, holder);
    const box = new TimeBox<T, Failure>(this.#wheel, dueMs, work, late);
    const closed = (): Failure => failure("Closed", call, "the client was closed", holder);
    this.#boxes.set(box, closed);
    const giveUp = (): void => {
      const cancelled = failure("Cancelled", call, "the caller gave up", holder, signal?.reason);
      if (lingerMs === 0) box.end(cancelled);
      else box.hurry(this.#clock.now() + lingerMs, cancelled);
    };
    const stop = signal === undefined ? undefined : onAbort(signal, giveUp);
    if (lingerMs === 0) {
      if (this.#closed) box.end(closed());
      else if (signal?.aborted === true) giveUp();
      else if (limitMs <= 0) box.end(late);
    }
    try {
      const end = await box.result;
      if (end instanceof Failure) throw end.toError();
      return end;
    } finally {
      stop?.();
      this.#boxes.delete(box);
    }
  }

  /** Ends them all with `Closed`. */
  close(): void {
    this.#closed = true;
    for (const [box, closed] of this.#boxes) box.end(closed());
  }
}

function failure(
  code: "Timeout" | "Cancelled" | "Closed",
  { service, method }: Held,
  what: string,
  { name, executed }: Holder,
  cause?: unknown,
): Failure {
  return new Failure(code, `${service}.${method}: ${what} (held by ${name})`, { executed, cause });
}
