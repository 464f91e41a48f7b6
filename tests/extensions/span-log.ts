import { SpanKind, type TracerProvider } from "@opentelemetry/api";
import {
  BasicTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import { within } from "../waits.js";

/** The SDK's spans, by what they are: `CLIENT Calculator/addOne`. */
export class SpanLog {
  readonly spans: ReadableSpan[] = [];
  readonly tracerProvider: TracerProvider;
  #onSpan: (() => void)[] = [];

  constructor() {
    const exporter: SpanExporter = {
      export: (spans, done) => {
        this.spans.push(...spans);
        for (const tell of this.#onSpan.splice(0)) tell();
        done({ code: 0 });
      },
      shutdown: async () => {},
    };
    this.tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  }

  /** Waits until it is over. */
  async find(kind: keyof typeof SpanKind, name: string): Promise<ReadableSpan> {
    const found = (): ReadableSpan | undefined =>
      this.spans.find((span) => span.name === name && span.kind === SpanKind[kind]);
    const wait = async (): Promise<ReadableSpan> => {
      for (;;) {
        const span = found();
        if (span !== undefined) return span;
        await new Promise<void>((resolve) => this.#onSpan.push(resolve));
      }
    };
    return within(10_000, `the span ${kind} ${name}`, wait());
  }
}

/** Whether one span was begun in the other. */
export function isChildOf(child: ReadableSpan, parent: ReadableSpan): boolean {
  const { traceId, spanId } = parent.spanContext();
  return child.parentSpanContext?.spanId === spanId && child.spanContext().traceId === traceId;
}
