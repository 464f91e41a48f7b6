import type { Extension, ExtensionHost, ServerCall, ServerEvents } from "@porthos-rpc/protocol";
import type { Counter, Gauge, Histogram } from "prom-client";
import {
  SERVER_DURATION,
  SERVER_EVENTS,
  SERVER_IN_FLIGHT,
  SERVER_QUEUE_AGE,
  SERVER_REFUSED,
} from "./definitions.js";
import type { Instruments } from "./instruments.js";
import { OTHER, statusClass } from "./method-label.js";

/** What one server counts and measures. It only observes. */
export class ServerMetrics {
  readonly #instruments: Instruments;
  /** Those that run: only what was counted in is counted out. */
  readonly #inFlight = new Set<ServerCall>();
  #host!: ExtensionHost;
  #duration!: Histogram;
  #running!: Gauge;
  #age!: Histogram;
  #refusals!: Counter;
  #events!: Counter;

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
  }

  part(describe: () => unknown): NonNullable<Extension["server"]> {
    const count = (event: string) => (): void => this.#count(event);
    return {
      start: (host) => this.#start(host),
      stop: () => this.#stop(),
      describe,
      observe: {
        incoming: ({ call }) => this.#began(call),
        outgoing: (event) => this.#ended(event),
        expired: ({ call }) => {
          this.#aged(call);
          this.#count("expired");
        },
        refused: (event) => this.#refused(event),
        duplicate: count("duplicate"),
        poisoned: count("poisoned"),
        cancelled: count("cancelled"),
        degraded: count("degraded"),
        stuck: count("stuck"),
        handlerError: count("handler_error"),
        replyLost: count("reply_lost"),
        extensionError: count("extension_error"),
      },
    };
  }

  #start(host: ExtensionHost): void {
    this.#host = host;
    this.#duration = this.#instruments.histogram(SERVER_DURATION);
    this.#running = this.#instruments.gauge(SERVER_IN_FLIGHT);
    this.#age = this.#instruments.histogram(SERVER_QUEUE_AGE);
    this.#refusals = this.#instruments.counter(SERVER_REFUSED);
    this.#events = this.#instruments.counter(SERVER_EVENTS);
    this.#running.inc({ service: host.service }, 0);
  }

  /** What the server gave back runs here no longer. */
  #stop(): void {
    this.#running.dec({ service: this.#host.service }, this.#inFlight.size);
    this.#inFlight.clear();
  }

  #began(call: ServerCall): void {
    this.#inFlight.add(call);
    this.#running.inc({ service: call.service });
    this.#aged(call);
  }

  /** Those that expired, or were cancelled before they ran, took no time worth telling: they are among the events. */
  #ended({ call, response, elapsedMs }: ServerEvents["outgoing"]): void {
    if (!this.#inFlight.delete(call)) return;
    const { service, method } = call;
    this.#running.dec({ service });
    this.#duration.observe({ service, method, status: statusClass(response.statusCode) }, elapsedMs / 1_000);
  }

  #aged({ service, ageMs }: ServerCall): void {
    if (ageMs !== undefined) this.#age.observe({ service }, ageMs / 1_000);
  }

  /** A method that there is not is a stranger's word. */
  #refused({ service, method, reason }: ServerEvents["refused"]): void {
    const isKnown = method !== undefined && this.#host.methods.has(method);
    this.#refusals.inc({ service, method: isKnown ? method : OTHER, reason });
  }

  #count(event: string): void {
    this.#events.inc({ service: this.#host.service, event });
  }
}
