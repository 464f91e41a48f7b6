import { context, propagation } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { createClient } from "@porthos-rpc/client";
import { openTelemetry } from "@porthos-rpc/extension-opentelemetry";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/* A shop whose orders ask the stock: one trace through both services. */

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const traced = () => ({ extensions: [openTelemetry({ tracerProvider })] });

const transport = memory();
const stock = createServer({ transport, service: "Stock", ...traced() });
stock.register("take", () => "taken");
const shop = createServer({ transport, service: "Shop", ...traced() });
const toStock = createClient({ transport, service: "Stock", ...traced() });
shop.register("order", async () => (await toStock.call("take").sync()).text());
await Promise.all([stock.listen(), shop.listen()]);

const client = createClient({ transport, service: "Shop", ...traced() });
await client.call("order").sync();
await Promise.all([client.close(), toStock.close()]);
await Promise.all([shop.shutdown(), stock.shutdown()]);

const spans = exporter.getFinishedSpans();
/** The spans that were begun in another, deeper and deeper. */
function print(parent: string | undefined, depth: number): void {
  for (const span of spans.filter((each) => each.parentSpanContext?.spanId === parent)) {
    console.log(`${"  ".repeat(depth)}${span.kind === 1 ? "serves" : "calls"} ${span.name}`);
    print(span.spanContext().spanId, depth + 1);
  }
}
print(undefined, 0);
console.log(`traces: ${new Set(spans.map((span) => span.spanContext().traceId)).size}`);
