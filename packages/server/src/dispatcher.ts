import {
  DeadlineWheel,
  type Delivery,
  type Events,
  type ExtensionSet,
  type ServerEvents,
  type Transport,
} from "@porthos-rpc/protocol";
import type { CheckedServerOptions } from "./options.js";
import { Outcomes } from "./outcomes.js";
import type { Registry } from "./registry.js";
import { isSameRequest, RequestRun } from "./request-run.js";
import { Resends, type Retry } from "./resends.js";
import type { RunContext } from "./run-context.js";
import { handlerRunner } from "./run-handler.js";

/** What a transport's deliveries and reconnects are told to. */
export interface Intake {
  dispatch(delivery: Delivery): void;
  /** The transport can send again. */
  up(): void;
}

interface Waiting {
  readonly context: RunContext;
  delivery: Delivery;
  readonly receivedMs: number;
}

/**
 * Requests as they come, from one transport or several: each runs in one of `maxInFlight` slots, and what finds none
 * waits its turn.
 */
export class Dispatcher {
  readonly #shared: Omit<RunContext, "transport" | "whenUp">;
  readonly #maxInFlight: number;
  readonly #running = new Set<RequestRun>();
  /**
   * What acknowledging early made the broker send beyond the slots, what it delivers again after a reconnect while
   * handlers of before still hold theirs, and what several brokers send at a time.
   */
  readonly #waiting: Waiting[] = [];
  readonly #resends: Resends[] = [];
  #onIdle: (() => void) | undefined;
  #filling = false;
  #stopped = false;

  constructor(
    options: CheckedServerOptions,
    registry: Registry,
    extensions: ExtensionSet<"server">,
    events: Events<ServerEvents>,
  ) {
    const { transports, clock, service, autoAck, maxBodyBytes, maxInFlight } = options;
    this.#maxInFlight = maxInFlight;
    this.#shared = {
      service,
      clock,
      wheel: new DeadlineWheel(clock),
      events,
      wire: extensions.composeWire(),
      autoAck,
      outcomes: transports.length > 1 ? new Outcomes() : undefined,
      maxBodyBytes,
      hasMethod: (method) => registry.handler(method) !== undefined,
      isWrapped: extensions.isWrapping,
      invoke: extensions.compose(handlerRunner(registry, clock, events)),
    };
  }

  /** For the requests of one of the server's transports. */
  intake(transport: Transport): Intake {
    const resends = new Resends(transport, this.#shared.clock);
    this.#resends.push(resends);
    const whenUp = (retry: Retry): void => resends.whenUp(retry);
    const context: RunContext = { ...this.#shared, transport, whenUp };
    return {
      dispatch: (delivery) => this.#dispatch(context, delivery),
      up: () => resends.up(),
    };
  }

  /** Requests that were begun and are not finished. */
  get inFlight(): number {
    return this.#running.size;
  }

  #dispatch(context: RunContext, delivery: Delivery): void {
    if (this.#stopped) {
      delivery.release();
      return;
    }
    if (delivery.redelivered && this.#isKnown(context, delivery)) return;
    const receivedMs = context.clock.now();
    if (this.#running.size < this.#maxInFlight) this.#begin(context, delivery, receivedMs);
    else this.#waiting.push({ context, delivery, receivedMs });
  }

  /**
   * Whether the request is here already: its first delivery was lost with its connection, and whoever has it settles
   * this one instead. So a broken connection makes no request run twice at a time.
   */
  #isKnown(context: RunContext, delivery: Delivery): boolean {
    for (const run of this.#running) if (run.adopt(context, delivery)) return true;
    const waiting = this.#waiting.find(
      (known) => known.context === context && isSameRequest(known.delivery.message, delivery.message),
    );
    if (waiting === undefined) return false;
    waiting.delivery = delivery;
    return true;
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
    for (const resends of this.#resends) resends.stop();
    for (const run of [...this.#running]) run.abandon();
  }

  #begin(context: RunContext, delivery: Delivery, receivedMs: number): void {
    const run = new RequestRun(context, delivery, receivedMs, this.#finished);
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
        this.#begin(next.context, next.delivery, next.receivedMs);
      }
    } finally {
      this.#filling = false;
    }
  }
}
