import { type Context, context } from "@opentelemetry/api";
import {
  type ClientCall,
  type ClientEvents,
  type Extension,
  type ExtensionHost,
  isOk,
  type MaybePromise,
  type ResponseEnvelope,
  type RpcError,
  readFailedAnswer,
} from "@porthos-rpc/protocol";
import { PORTHOS_EXECUTED, RPC_METHOD } from "./conventions.js";
import { Durations } from "./durations.js";
import { HeaderContext } from "./header-context.js";
import { NamedCalls } from "./named-calls.js";
import { type CallEnd, spanKey } from "./open-span.js";
import type { Settings } from "./settings.js";
import { Tracing } from "./tracing.js";

type Next = (call: ClientCall) => MaybePromise<ResponseEnvelope>;

/** What one client does: a span for each call, whose context travels with it, and its duration. */
export class ClientTelemetry {
  readonly #settings: Settings;
  readonly #headers: HeaderContext;
  #host!: ExtensionHost;
  #names!: NamedCalls;
  #tracing!: Tracing;
  #durations: Durations | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#headers = new HeaderContext(settings.propagator);
  }

  part(): NonNullable<Extension["client"]> {
    const { traces, metrics, messages } = this.#settings;
    return {
      start: (host) => this.#start(host),
      ...(traces ? { wrap: { phase: "trace", run: (call, next) => this.#run(call, next) } } : {}),
      ...(traces || metrics ? { observe: { settled: (event) => this.#settled(event) } } : {}),
      describe: () => ({ traces, metrics, messages, headersLeftOut: this.#headers.leftOut }),
    };
  }

  #start(host: ExtensionHost): void {
    const carriers = host.transports.map(({ name }) => name);
    this.#host = host;
    this.#names = new NamedCalls("client", host.service, carriers);
    this.#tracing = new Tracing(this.#settings);
    this.#durations = Durations.of("client", this.#settings);
  }

  #run(call: ClientCall, next: Next): MaybePromise<ResponseEnvelope> {
    let within: Context | undefined;
    let traced = call;
    try {
      const parent = context.active();
      within = this.#tracing.begin(call, this.#names.of(call), parent);
      const { request } = call;
      const headers = this.#headers.inject(within ?? parent, request.headers);
      if (headers !== request.headers) traced = { ...call, request: { ...request, headers } };
    } catch (error) {
      this.#host.report("trace", error);
    }
    return within === undefined ? next(traced) : context.with(within, next, undefined, traced);
  }

  #settled({ call, elapsedMs, response, error }: ClientEvents["settled"]): void {
    const open = spanKey.of(call);
    // It may have been refused before there was a start.
    if (this.#names === undefined || (open === undefined && this.#durations === undefined)) return;
    const end = error === undefined ? answered(response) : this.#failed(error);
    const method = this.#names.of(call).attributes[RPC_METHOD];
    this.#durations?.record(elapsedMs, method, end.status, end.errorType, open?.context);
    open?.end(end);
  }

  #failed({ status, code, executed, message }: RpcError): CallEnd {
    return {
      status: String(status),
      errorType: code,
      attributes: { [PORTHOS_EXECUTED]: executed },
      message: this.#settings.messages ? message : undefined,
    };
  }
}

/** An answer outside of 200-299 is an error to a caller. */
function answered(response: ResponseEnvelope | undefined): CallEnd {
  const status = String(response?.statusCode);
  if (response === undefined || isOk(response.statusCode)) return { status, errorType: undefined };
  const executed = readFailedAnswer(response)?.executed;
  return {
    status,
    errorType: status,
    ...(executed === undefined ? {} : { attributes: { [PORTHOS_EXECUTED]: executed } }),
  };
}
