import { type Context, context, ROOT_CONTEXT } from "@opentelemetry/api";
import type {
  Extension,
  ExtensionHost,
  MaybePromise,
  ResponseEnvelope,
  ServerCall,
  ServerEvents,
} from "@porthos-rpc/protocol";
import { OTHER, PORTHOS_AGE_MS, PORTHOS_ID, PORTHOS_REDELIVERED, RPC_METHOD } from "./conventions.js";
import { Durations } from "./durations.js";
import { HeaderContext } from "./header-context.js";
import { NamedCalls } from "./named-calls.js";
import { type OpenSpan, spanKey } from "./open-span.js";
import type { Settings } from "./settings.js";
import { exceptionOf } from "./thrown.js";
import { Tracing } from "./tracing.js";

type Next = (call: ServerCall) => MaybePromise<ResponseEnvelope>;

/** From here on an answer says that the service failed; below, that its caller did. */
const SERVICE_FAILED = 500;

/** What one server does: a span for each request that runs, a child of the caller's, in whose context its handler runs, and its duration. */
export class ServerTelemetry {
  readonly #settings: Settings;
  readonly #headers: HeaderContext;
  /** What is recorded of requests that run. */
  readonly #open = new Set<OpenSpan>();
  /** Those that run, where durations are recorded: what expired, or was cancelled before it ran, took no time worth telling. */
  readonly #running = new Set<ServerCall>();
  #host!: ExtensionHost;
  #names!: NamedCalls;
  #tracing!: Tracing;
  #durations: Durations | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#headers = new HeaderContext(settings.propagator);
  }

  part(): NonNullable<Extension["server"]> {
    const { traces, metrics, messages } = this.#settings;
    return {
      start: (host) => this.#start(host),
      stop: () => this.#stop(),
      ...(traces ? { wrap: { phase: "trace", run: (call, next) => this.#run(call, next) } } : {}),
      observe: {
        ...(traces ? { handlerError: (event) => this.#threw(event) } : {}),
        ...(traces || metrics ? { outgoing: (event) => this.#ended(event) } : {}),
        ...(metrics ? { incoming: ({ call }) => this.#began(call) } : {}),
        ...(metrics ? { refused: (event) => this.#refused(event) } : {}),
      },
      describe: () => ({
        traces,
        metrics,
        messages,
        open: this.#open.size,
        unreadableHeaders: this.#headers.unreadable,
      }),
    };
  }

  #start(host: ExtensionHost): void {
    const carriers = host.transports.map(({ name }) => name);
    this.#host = host;
    this.#names = new NamedCalls("server", host.service, carriers);
    this.#tracing = new Tracing(this.#settings);
    this.#durations = Durations.of("server", this.#settings);
  }

  #began(call: ServerCall): void {
    if (this.#durations !== undefined) this.#running.add(call);
  }

  #run(call: ServerCall, next: Next): MaybePromise<ResponseEnvelope> {
    let within: Context | undefined;
    try {
      const parent = this.#headers.extract(call.request.headers);
      within = this.#tracing.begin(call, this.#names.of(call), parent);
      if (within === undefined && parent !== ROOT_CONTEXT) within = parent;
      const open = spanKey.of(call);
      if (open !== undefined) this.#describe(open, call);
    } catch (error) {
      this.#host.report("trace", error);
    }
    return within === undefined ? next(call) : context.with(within, next, undefined, call);
  }

  #describe(open: OpenSpan, { id, ageMs, redelivered }: ServerCall): void {
    this.#open.add(open);
    if (id !== undefined) open.span.setAttribute(PORTHOS_ID, id);
    if (ageMs !== undefined) open.span.setAttribute(PORTHOS_AGE_MS, ageMs);
    if (redelivered) open.span.setAttribute(PORTHOS_REDELIVERED, true);
  }

  #threw({ call, error }: ServerEvents["handlerError"]): void {
    const open = spanKey.of(call);
    if (open === undefined) return;
    const exception = exceptionOf(error, this.#settings.messages);
    open.thrown = exception.name;
    open.span.recordException(exception);
  }

  #ended({ call, response, elapsedMs }: ServerEvents["outgoing"]): void {
    const open = spanKey.of(call);
    const hasRun = this.#running.delete(call);
    if (open === undefined && !hasRun) return;
    const status = String(response.statusCode);
    const failed = response.statusCode >= SERVICE_FAILED ? status : undefined;
    const method = this.#names.of(call).attributes[RPC_METHOD];
    if (hasRun) this.#durations?.record(elapsedMs, method, status, failed, open?.context);
    if (open === undefined) return;
    this.#open.delete(open);
    open.end({ status, errorType: failed === undefined ? undefined : (open.thrown ?? status) });
  }

  /** It took no time worth telling. A method that there is not is a stranger's word. */
  #refused({ method, response }: ServerEvents["refused"]): void {
    const { statusCode } = response;
    const isKnown = method !== undefined && this.#host.methods.has(method);
    const name = isKnown ? this.#names.of({ kind: "call", method }).attributes[RPC_METHOD] : OTHER;
    const failed = statusCode >= SERVICE_FAILED ? String(statusCode) : undefined;
    this.#durations?.record(0, name, String(statusCode), failed, undefined);
  }

  /** Those that the server gave back: somebody else will answer them. */
  #stop(): void {
    for (const open of this.#open) {
      open.fail("abandoned", undefined);
      open.span.end();
    }
    this.#open.clear();
    this.#running.clear();
  }
}
