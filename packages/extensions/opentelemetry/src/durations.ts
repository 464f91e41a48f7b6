import { type Attributes, type Context, createNoopMeter, type Histogram, metrics } from "@opentelemetry/api";
import {
  CLIENT_DURATION,
  DURATION_BUCKETS,
  ERROR_TYPE,
  RPC_METHOD,
  RPC_STATUS_CODE,
  RPC_SYSTEM_NAME,
  SERVER_DURATION,
  SYSTEM,
} from "./conventions.js";
import { SCOPE, type Settings } from "./settings.js";

/** The histogram of one side, in seconds. Undefined where nobody would read it: no meter provider is set. */
export class Durations {
  readonly #histogram: Histogram;

  private constructor(histogram: Histogram) {
    this.#histogram = histogram;
  }

  static of(side: "client" | "server", settings: Settings): Durations | undefined {
    if (!settings.metrics) return undefined;
    const meter = (settings.meterProvider ?? metrics).getMeter(SCOPE);
    // The API has one for all, which forgets what it is told.
    if (meter === createNoopMeter()) return undefined;
    const [name, which] = side === "client" ? [CLIENT_DURATION, "outgoing"] : [SERVER_DURATION, "incoming"];
    const histogram = meter.createHistogram(name, {
      unit: "s",
      description: `The time that ${which} calls take`,
      advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
    });
    return new Durations(histogram);
  }

  /**
   * @param method as `rpc.method` has it @param errorType undefined: it succeeded
   * @param context of the call's span, for exemplars
   */
  record(
    elapsedMs: number,
    method: unknown,
    status: string,
    errorType: string | undefined,
    context: Context | undefined,
  ): void {
    const attributes: Attributes = {
      [RPC_SYSTEM_NAME]: SYSTEM,
      [RPC_METHOD]: method as string,
      [RPC_STATUS_CODE]: status,
    };
    if (errorType !== undefined) attributes[ERROR_TYPE] = errorType;
    this.#histogram.record(elapsedMs / 1_000, attributes, context);
  }
}
