import type { ServerEvents } from "@porthos-rpc/protocol";

/** One request, as the seed's Dashboard reads it (docs/wire.md, "Queues of the extensions"). The names are the wire's. */
export interface MetricEntry {
  readonly serviceName: string;
  readonly methodName: string;
  /** Nanoseconds, whole: Go reads them into an int64 and refuses a fraction. */
  readonly responsetime: number;
  readonly statusCode: number;
}

const NANOSECONDS = 1_000_000;

export function entryOf({ call, response, elapsedMs }: ServerEvents["outgoing"]): MetricEntry {
  return {
    serviceName: call.service,
    methodName: call.method,
    responsetime: Math.round(elapsedMs * NANOSECONDS),
    statusCode: response.statusCode,
  };
}
