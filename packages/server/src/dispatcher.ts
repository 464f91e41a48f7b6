import {
  ByteBudget,
  DeadlineWheel,
  type Delivery,
  type Events,
  type ExtensionSet,
  isCallId,
  RecentIds,
  type ServerEvents,
  type Transport,
} from "@porthos-rpc/protocol";
import { Admission } from "./admission.js";
import { CallerClocks } from "./caller-clocks.js";
import { FrameInbox } from "./frame-inbox.js";
import type { CheckedServerOptions } from "./options.js";
import { Outcomes } from "./outcomes.js";
import type { Registry } from "./registry.js";
import { RequestRun, type RunHost } from "./request-run.js";
import { type Resend, Resends } from "./resends.js";
import type { RunContext } from "./run-context.js";
import { handlerRunner } from "./run-handler.js";
import { Running } from "./running.js";
import { Settlement } from "./settlement.js";

/** What a transport's deliveries and reconnects are told to. */
export interface Intake {
  dispatch(delivery: Delivery): void;
  /** Nobody waits for the call of this id any more. */
  cancel(id: string | undefined): void;
  /** The transport can send again. */
  up(): void;
  /** It never will. */
  closed(): void;
}

interface Waiting {
  readonly context: RunContext;
  readonly settlement: Settlement;
  readonly receivedMs: number;
}

/**
 * Requests as they come, from one transport or several: each runs in one of `maxInFlight` slots, and what finds none
 * waits its turn.
 */
export class Dispatcher {
  readonly #shared: Omit<RunContext, "transport" | "sendAgain" | "frames">;
  readonly #maxInFlight: number;
  readonly #running = new Running();
  /** The slots that are taken: an answer that waits until it can be sent has none. */
  #slotsTaken = 0;
  /** Calls that were given up before their requests came here, if they come at all. */
  readonly #givenUp = new RecentIds();
  /**
   * What acknowledging early made the broker send beyond the slots, what it delivers again after a reconnect while
   * handlers of before still hold theirs, and what several brokers send at a time.
   */
  readonly #waiting: Waiting[] = [];
  readonly #resends: Resends[] = [];
  readonly #frameInboxes: FrameInbox[] = [];
  #onIdle: (() => void) | undefined;
  #filling = false;
  #stopped = false;

  constructor(
    options: CheckedServerOptions,
    registry: Registry,
    extensions: ExtensionSet<"server">,
    events: Events<ServerEvents>,
  ) {
    const { clock, service, autoAck, maxBodyBytes, maxHandlerTimeMs, maxInFlight } = options;
    const { shed, maxInFlightPerCaller } = options;
    this.#maxInFlight = maxInFlight;
    const isBusy = (): boolean => this.#slotsTaken >= maxInFlight;
    this.#shared = {
      service,
      clock,
      wheel: new DeadlineWheel(clock),
      events,
      wire: extensions.composeWire(),
      autoAck,
      freesAnswered: !autoAck && options.transports.length > 1,
      outcomes: new Outcomes(),
      maxBodyBytes,
      maxHandlerTimeMs,
      uploadBudget: new ByteBudget(options.maxStreamBytes),
      admission: new Admission({ clock, shed, maxInFlightPerCaller, isBusy }),
      callerClocks: new CallerClocks({ clock, isBusy: () => this.#running.size + 1 >= maxInFlight }),
      hasMethod: (method) => registry.runner(method) !== undefined,
      isWrapped: extensions.isWrapping,
      reportThrown: (during, method, error) => extensions.reportThrown(during, method, error),
      invoke: extensions.compose(handlerRunner(registry, events)),
    };
  }

  /** For the requests of one of the server's transports. */
  intake(transport: Transport): Intake {
    const { clock, wheel } = this.#shared;
    const resends = new Resends({ transport, wheel, nowMs: () => clock.now() });
    this.#resends.push(resends);
    const sendAgain = (resend: Resend): void => resends.wait(resend);
    const frames = new FrameInbox(transport, {
      onFrame: (frame, message) => {
        for (const run of this.#running.ofId(message.correlationId)) run.onFrame(frame, message);
      },
      onFramesLost: () => {
        for (const run of [...this.#running]) run.onFramesLost(context);
      },
    });
    this.#frameInboxes.push(frames);
    const context: RunContext = { ...this.#shared, transport, sendAgain, frames };
    return {
      dispatch: (delivery) => this.#dispatch(context, delivery),
      cancel: (id) => this.#cancel(id),
      up: () => resends.up(),
      closed: () => resends.stop(),
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
    if (this.#isGivenUp(delivery) || this.#isKnown(context, delivery)) return;
    const receivedMs = context.clock.now();
    const settlement = new Settlement(delivery);
    if (this.#slotsTaken < this.#maxInFlight) this.#begin(context, settlement, receivedMs);
    else this.#waiting.push({ context, settlement, receivedMs });
  }

  /** Whether the call was given up while its request was in the queue: then it does not run. */
  #isGivenUp(delivery: Delivery): boolean {
    const id = delivery.message.correlationId;
    if (this.#givenUp.isEmpty || id === undefined || !this.#givenUp.delete(id)) return false;
    this.#drop(id, delivery);
    return true;
  }

  #cancel(id: string | undefined): void {
    // An id of another form may be that of several calls.
    if (!isCallId(id)) return;
    const waiting = this.#waiting.filter(({ settlement }) => settlement.message.correlationId === id);
    const runs = this.#running.ofId(id);
    if (waiting.length + runs.length === 0) this.#givenUp.add(id);
    for (const each of waiting) {
      this.#waiting.splice(this.#waiting.indexOf(each), 1);
      this.#drop(id, each.settlement);
    }
    for (const run of runs) run.cancel();
  }

  #drop(correlationId: string, request: Pick<Delivery, "accept">): void {
    const { events, service } = this.#shared;
    request.accept();
    events.emit("cancelled", { service, correlationId, call: undefined });
  }

  /**
   * Whether the request is here already: its first delivery was lost with its connection, and whoever has it settles
   * this one instead. So a broken connection makes no request run twice at a time, nor does a broker that does not mark what comes again.
   */
  #isKnown(context: RunContext, delivery: Delivery): boolean {
    if (this.#running.adopt(context, delivery)) return true;
    if (this.#waiting.length === 0 || !delivery.redelivered) return false;
    return this.#waiting.some((known) => known.context === context && known.settlement.adopt(delivery));
  }

  /** Begins nothing more; what waits goes back to the broker. Resolves when what was begun is finished. */
  drain(): Promise<void> {
    this.#stopped = true;
    for (const { settlement } of this.#waiting.splice(0)) settlement.release();
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

  /** Hears no frames any more. Never rejects. */
  async release(): Promise<void> {
    await Promise.all(this.#frameInboxes.map((inbox) => inbox.close()));
  }

  #begin(context: RunContext, settlement: Settlement, receivedMs: number): void {
    const leader = this.#running.leaderOf(settlement.message.correlationId);
    const run = new RequestRun(context, settlement, receivedMs, this.#runsHost);
    this.#running.add(run);
    this.#slotsTaken++;
    run.begin(leader);
  }

  readonly #runsHost: RunHost = {
    slotFree: () => {
      this.#slotsTaken--;
      if (!this.#filling) this.#fill();
    },
    finished: (run) => {
      this.#running.delete(run);
      if (run.leaveSlot()) this.#slotsTaken--;
      if (this.#filling) return;
      this.#fill();
      if (this.#running.size === 0) this.#onIdle?.();
    },
  };

  /** In a loop, since requests that finish at once would otherwise be begun one inside the other. */
  #fill(): void {
    this.#filling = true;
    try {
      while (this.#slotsTaken < this.#maxInFlight) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        const { context, settlement, receivedMs } = next;
        // What came twice may have waited twice.
        const isKnown = settlement.moveTo((delivery) => this.#running.adopt(context, delivery));
        if (!isKnown) this.#begin(context, settlement, receivedMs);
      }
    } finally {
      this.#filling = false;
    }
  }
}
