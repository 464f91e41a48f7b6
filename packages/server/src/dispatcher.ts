import {
  DeadlineWheel,
  type Delivery,
  type Events,
  type ExtensionSet,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import type { CheckedServerOptions } from "./options.js";
import type { Registry } from "./registry.js";
import { isSameRequest, RequestRun } from "./request-run.js";
import type { RunContext } from "./run-context.js";
import { handlerRunner } from "./run-handler.js";

/** The pause before a send that the transport refused although it says that it is up. */
const RETRY_MS = 20;

/** Requests as they come: each runs in one of `maxInFlight` slots, and what finds none waits its turn. */
export class Dispatcher {
  readonly #context: RunContext;
  readonly #maxInFlight: number;
  readonly #running = new Set<RequestRun>();
  /**
   * What acknowledging early made the broker send beyond the slots, and what it delivers again after a reconnect while
   * handlers of before still hold theirs.
   */
  readonly #waiting: { delivery: Delivery; readonly receivedMs: number }[] = [];
  readonly #retries: (() => void)[] = [];
  #stopRetry: (() => void) | undefined;
  #onIdle: (() => void) | undefined;
  #filling = false;
  #stopped = false;
  #abandoned = false;

  constructor(
    options: CheckedServerOptions,
    registry: Registry,
    extensions: ExtensionSet<"server">,
    events: Events<ServerEvents>,
  ) {
    const { transport, clock, service, autoAck, maxBodyBytes, maxInFlight } = options;
    this.#maxInFlight = maxInFlight;
    this.#context = {
      service,
      transport,
      clock,
      wheel: new DeadlineWheel(clock),
      events,
      wire: extensions.composeWire(),
      autoAck,
      maxBodyBytes,
      hasMethod: (method) => registry.handler(method) !== undefined,
      isWrapped: extensions.isWrapping,
      invoke: extensions.compose(handlerRunner(registry, clock, events)),
      whenUp: (retry) => this.#whenUp(retry),
    };
  }

  /** Requests that were begun and are not finished. */
  get inFlight(): number {
    return this.#running.size;
  }

  dispatch(delivery: Delivery): void {
    if (this.#stopped) {
      delivery.release();
      return;
    }
    if (delivery.redelivered && this.#isKnown(delivery)) return;
    const receivedMs = this.#context.clock.now();
    if (this.#running.size < this.#maxInFlight) this.#begin(delivery, receivedMs);
    else this.#waiting.push({ delivery, receivedMs });
  }

  /**
   * Whether the request is here already: its first delivery was lost with its connection, and whoever has it settles
   * this one instead. So a broken connection makes no request run twice at a time.
   */
  #isKnown(delivery: Delivery): boolean {
    for (const run of this.#running) if (run.adopt(delivery)) return true;
    const waiting = this.#waiting.find((known) => isSameRequest(known.delivery.message, delivery.message));
    if (waiting === undefined) return false;
    waiting.delivery = delivery;
    return true;
  }

  /** The transport can send again. */
  up(): void {
    for (const retry of this.#retries.splice(0)) retry();
  }

  /** Begins nothing more; what waits goes back to the broker. Resolves when what was begun is finished. */
  drain(): Promise<void> {
    this.#stopped = true;
    for (const { delivery } of this.#waiting.splice(0)) delivery.release();
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** Gives back what is still running: its handlers are told, and what they answer is dropped. */
  abandon(): void {
    this.#abandoned = true;
    this.#retries.length = 0;
    this.#stopRetry?.();
    for (const run of [...this.#running]) run.abandon();
  }

  #begin(delivery: Delivery, receivedMs: number): void {
    const run = new RequestRun(this.#context, delivery, receivedMs, this.#finished);
    this.#running.add(run);
    run.begin();
  }

  readonly #finished = (run: RequestRun): void => {
    this.#running.delete(run);
    if (this.#filling) return;
    this.#fill();
    if (this.#running.size === 0) this.#onIdle?.();
  };

  /** In a loop, since requests that finish at once would otherwise be begun one inside the other. */
  #fill(): void {
    this.#filling = true;
    try {
      while (this.#running.size < this.#maxInFlight) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        this.#begin(next.delivery, next.receivedMs);
      }
    } finally {
      this.#filling = false;
    }
  }

  #whenUp(retry: () => void): void {
    if (this.#abandoned) return;
    this.#retries.push(retry);
    // It may have come up again before the outcome was told: then no event will tell of it.
    if (this.#context.transport.state === "up") this.#retrySoon();
  }

  #retrySoon(): void {
    this.#stopRetry ??= this.#context.clock.after(RETRY_MS, () => {
      this.#stopRetry = undefined;
      this.up();
    });
  }
}
