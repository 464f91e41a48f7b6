import {
  type ClientCall,
  type ClientEvents,
  type ContextKey,
  contextKey,
  type Executed,
  type Extension,
  type ExtensionHost,
  isOk,
  type MaybePromise,
  type ResponseEnvelope,
  readFailedAnswer,
} from "@porthos-rpc/protocol";
import type { Counter, Gauge, Histogram } from "prom-client";
import { CLIENT_DURATION, CLIENT_PENDING, CLIENT_STRAYS } from "./definitions.js";
import type { Instruments } from "./instruments.js";
import { MethodLabels, statusClass } from "./method-label.js";

/** A call carries it that was counted as pending. */
const pendingKey: ContextKey<true> = contextKey("prometheus-pending");

type Next = (call: ClientCall) => MaybePromise<ResponseEnvelope>;

/** How a call ended, as labels. */
interface Outcome {
  readonly code: string;
  readonly status: string;
  readonly executed: Executed;
}

const OK: Outcome = { code: "OK", status: "2xx", executed: "yes" };

/** What one client counts and measures. */
export class ClientMetrics {
  readonly #instruments: Instruments;
  readonly #methods = new MethodLabels();
  #host: ExtensionHost | undefined;
  #duration!: Histogram;
  #pending!: Gauge;
  #strays!: Counter;

  constructor(instruments: Instruments) {
    this.#instruments = instruments;
  }

  part(describe: () => unknown): NonNullable<Extension["client"]> {
    return {
      start: (host) => this.#start(host),
      describe,
      // Outermost: a call is pending from its begin to its end, whatever is tried in between.
      wrap: { phase: "trace", run: (call, next) => this.#begin(call, next) },
      observe: {
        settled: (event) => this.#settled(event),
        stray: ({ kind }) => this.#strays.inc({ service: this.#host?.service ?? "", kind }),
      },
    };
  }

  #start(host: ExtensionHost): void {
    this.#host = host;
    this.#duration = this.#instruments.histogram(CLIENT_DURATION);
    this.#pending = this.#instruments.gauge(CLIENT_PENDING);
    this.#strays = this.#instruments.counter(CLIENT_STRAYS);
  }

  #begin(call: ClientCall, next: Next): MaybePromise<ResponseEnvelope> {
    try {
      this.#pending.inc({ service: call.service });
      pendingKey.set(call, true);
    } catch (error) {
      this.#host?.report("pending", error);
    }
    return next(call);
  }

  #settled({ call, elapsedMs, response, error }: ClientEvents["settled"]): void {
    const { service, method } = call;
    if (pendingKey.of(call) === true) this.#pending.dec({ service });
    const { code, status, executed } =
      error === undefined ? outcomeOf(response) : { ...error, status: "none" };
    const labels = { service, method: this.#methods.of(method), code, status, executed };
    this.#duration.observe(labels, elapsedMs / 1_000);
  }
}

/** An answer outside of 200-299 is an error to its caller: `Remote`. */
function outcomeOf(response: ResponseEnvelope | undefined): Outcome {
  if (response === undefined || isOk(response.statusCode)) return OK;
  const executed = readFailedAnswer(response)?.executed ?? "yes";
  return { code: "Remote", status: statusClass(response.statusCode), executed };
}
