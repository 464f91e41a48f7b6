import {
  DeadlineWheel,
  type Delivery,
  type Events,
  type ExtensionSet,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import type { CheckedServerOptions } from "./options.js";
import type { Registry } from "./registry.js";
import { RequestRun } from "./request-run.js";
import type { RunContext } from "./run-context.js";
import { handlerRunner } from "./run-handler.js";

/** Requests as they come: each runs in one of `maxInFlight` slots, and what finds none waits its turn. */
export class Dispatcher {
  readonly #context: RunContext;
  readonly #maxInFlight: number;
  readonly #running = new Set<RequestRun>();
  /** Never longer than the consumer's credit. Used only where acknowledging early makes the broker send more. */
  readonly #waiting: { readonly delivery: Delivery; readonly receivedMs: number }[] = [];
  readonly #retries: (() => void)[] = [];
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
    const receivedMs = this.#context.clock.now();
    if (this.#running.size < this.#maxInFlight) this.#begin(delivery, receivedMs);
    else this.#waiting.push({ delivery, receivedMs });
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
    // It may have come up again before the outcome was told.
    if (this.#context.transport.state === "up") queueMicrotask(retry);
    else this.#retries.push(retry);
  }
}
