import { isOk, type MethodSpec, type ServerCall, type ServerEvents } from "@porthos-rpc/protocol";
import type { ErrorClass, MethodStatistics } from "./answers.js";
import { Histogram } from "./histogram.js";

interface Counts {
  requests: number;
  readonly errors: Record<ErrorClass, number>;
  readonly durations: Histogram;
}

/** What became of a server's requests, by its methods: a stranger's names make no row. */
export class Statistics {
  readonly #methods: ReadonlyMap<string, MethodSpec | undefined>;
  readonly #counts = new Map<string, Counts>();
  readonly #running = new Set<ServerCall>();
  #unknown = 0;

  constructor(methods: ReadonlyMap<string, MethodSpec | undefined>) {
    this.#methods = methods;
  }

  /** Requests that named none of the methods, or could not be read. */
  get unknown(): number {
    return this.#unknown;
  }

  began({ call }: ServerEvents["incoming"]): void {
    this.#running.add(call);
  }

  /** Of a request that did not run there is no duration: it would make the methods look fast. */
  ended({ call, response, elapsedMs }: ServerEvents["outgoing"]): void {
    const hasRun = this.#running.delete(call);
    const counts = this.#count(call.method, response.statusCode);
    if (hasRun) counts?.durations.add(elapsedMs);
  }

  refused({ method, response }: ServerEvents["refused"]): void {
    this.#count(method, response.statusCode);
  }

  /** As they are told. */
  get methods(): MethodStatistics[] {
    const inFlight = new Map<string, number>();
    for (const { method } of this.#running) inFlight.set(method, (inFlight.get(method) ?? 0) + 1);
    return [...this.#methods.keys()].map((method) => ({
      method,
      inFlight: inFlight.get(method) ?? 0,
      ...told(this.#counts.get(method) ?? none()),
    }));
  }

  #count(method: string | undefined, status: number): Counts | undefined {
    if (method === undefined || !this.#methods.has(method)) {
      this.#unknown++;
      return undefined;
    }
    let counts = this.#counts.get(method);
    if (counts === undefined) {
      counts = none();
      this.#counts.set(method, counts);
    }
    counts.requests++;
    if (!isOk(status)) counts.errors[classOf(status)]++;
    return counts;
  }
}

function none(): Counts {
  return { requests: 0, errors: { "4xx": 0, "5xx": 0, other: 0 }, durations: new Histogram() };
}

function classOf(status: number): ErrorClass {
  if (status >= 400 && status <= 499) return "4xx";
  return status >= 500 && status <= 599 ? "5xx" : "other";
}

function told({ requests, errors, durations }: Counts): Omit<MethodStatistics, "method" | "inFlight"> {
  const meanMs = durations.meanMs;
  if (meanMs === undefined) return { requests, errors };
  const [p50Ms = 0, p99Ms = 0] = [0.5, 0.99].map((share) => durations.percentileMs(share));
  return {
    requests,
    errors,
    durations: { meanMs: rounded(meanMs), p50Ms: rounded(p50Ms), p99Ms: rounded(p99Ms) },
  };
}

/** To the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
