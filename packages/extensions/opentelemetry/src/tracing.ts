import { type Context, isSpanContextValid, type Tracer, trace } from "@opentelemetry/api";
import type { NamedCall } from "./named-calls.js";
import { OpenSpan, spanKey } from "./open-span.js";
import { SCOPE, type Settings } from "./settings.js";

/** Begins the spans of calls. */
export class Tracing {
  readonly #tracer: Tracer;

  constructor({ tracerProvider }: Settings) {
    // The API's own hands on to whatever provider is set later.
    this.#tracer = (tracerProvider ?? trace).getTracer(SCOPE);
  }

  /**
   * What to run the call in. One that is recorded has its span by `spanKey` from now on.
   * @returns undefined: nobody traces
   */
  begin(call: object, { name, kind, attributes }: NamedCall, parent: Context): Context | undefined {
    const span = this.#tracer.startSpan(name, { kind, attributes }, parent);
    const isRecording = span.isRecording();
    if (!isRecording && !isSpanContextValid(span.spanContext())) return undefined;
    const within = trace.setSpan(parent, span);
    if (isRecording) spanKey.set(call, new OpenSpan(span, within));
    return within;
  }
}
