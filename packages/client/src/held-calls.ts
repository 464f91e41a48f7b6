import { type ClientCall, type Clock, type DeadlineWheel, onAbort, TimeBox } from "@porthos-rpc/protocol";
import { Failure } from "./outgoing-call.js";

/** So much longer a call is left to what is further in, which ends it by itself and knows how far it had come. */
const LINGER_MS = 150;

/** The calls of a client that its extensions have in their hands: each ends in time, whatever those do with it. */
export class HeldCalls {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  readonly #boxes = new Map<Pick<TimeBox<unknown, Failure>, "end">, ClientCall>();

  constructor(clock: Clock, wheel: DeadlineWheel) {
    this.#clock = clock;
    this.#wheel = wheel;
  }

  /**
   * What the work for a call comes to.
   * @param limitMs how long it may take
   * @throws what it throws; {RpcError} Timeout or Cancelled when it does not end with the call, Closed after `close`
   */
  async bounded<T>(call: ClientCall, work: Promise<T>, limitMs: number = call.timeoutMs): Promise<T> {
    const dueMs = this.#clock.now() + limitMs + LINGER_MS;
    const late = failure("Timeout", call, `no answer within ${Math.round(limitMs)} ms`);
    const box = new TimeBox<T, Failure>(this.#wheel, dueMs, work, late);
    this.#boxes.set(box, call);
    const { signal } = call;
    const giveUp = (): void =>
      box.hurry(this.#clock.now() + LINGER_MS, failure("Cancelled", call, "the caller gave up"));
    const stop = signal === undefined ? undefined : onAbort(signal, giveUp);
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
    for (const [box, call] of this.#boxes) box.end(failure("Closed", call, "the client was closed"));
  }
}

/** Nobody but the extension knows whether it has let the call through. */
function failure(code: "Timeout" | "Cancelled" | "Closed", call: ClientCall, what: string): Failure {
  const { service, method } = call;
  return new Failure(code, `${service}.${method}: ${what} (held by an extension)`, { executed: "maybe" });
}
