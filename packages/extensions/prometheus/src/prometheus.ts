import { checkKnown, checkText, type Extension, wrong } from "@porthos-rpc/protocol";
import { Registry } from "prom-client";
import { ClientMetrics } from "./client-metrics.js";
import { DEFINITIONS } from "./definitions.js";
import { Instruments, type PrometheusRegistry } from "./instruments.js";
import { ServerMetrics } from "./server-metrics.js";

export type { PrometheusRegistry } from "./instruments.js";

export interface PrometheusOptions {
  /** Where the metrics are. What several clients and servers share, they share: labels tell them apart by service. @default one of its own */
  readonly registry?: PrometheusRegistry;
  /** What the names of all metrics begin with: letters, digits and `_`, up to 100, no digit first. @default "porthos_" */
  readonly prefix?: string;
  /**
   * The upper bounds of histograms, in seconds: 1 to 100 numbers, each more than the one before.
   * @default [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
   */
  readonly buckets?: readonly number[];
}

/** The extension, and where its metrics are. */
export interface PrometheusExtension extends Extension {
  /** The one that was given, or its own: `await extension.registry.metrics()` is what Prometheus reads. */
  readonly registry: PrometheusRegistry;
}

const BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
const MAX_BUCKETS = 100;
const MAX_PREFIX = 100;

/**
 * Counts and measures calls, for Prometheus. On a server: how long requests take, by method and status class, how many run, how long they were in the
 * queue, those that were refused and why, and what else happened to them. On a client: how long calls take, by method and outcome, how many are
 * pending, and replies that nobody waited for. It harms no call, and answers no scrape by itself: `registry.metrics()` is what to answer with.
 *
 * Rows are bounded: methods that a server does not have, and those of a client beyond 200, are one, `_OTHER`.
 * @throws {TypeError} for a wrong option, by name, and for a registry that has something else under one of the names.
 */
export function prometheus(options: PrometheusOptions = {}): PrometheusExtension {
  const where = "prometheus";
  checkKnown(where, options, ["registry", "prefix", "buckets"]);
  const registry = checkRegistry(options.registry);
  const prefix = checkPrefix(options.prefix);
  const buckets = checkBuckets(options.buckets);
  const instruments = new Instruments(registry, prefix, buckets);
  instruments.check(DEFINITIONS);
  const describe = (): unknown => ({ prefix, buckets });
  const server = new ServerMetrics(instruments).part(describe);
  const client = new ClientMetrics(instruments).part(describe);
  return new OnRegistry(registry, { client, server });
}

/** The registry is not one of an extension's parts, which are its own properties. */
class OnRegistry implements PrometheusExtension {
  readonly name = "prometheus";
  readonly apiVersion = 1;
  readonly client: NonNullable<Extension["client"]>;
  readonly server: NonNullable<Extension["server"]>;
  readonly #registry: PrometheusRegistry;

  constructor(
    registry: PrometheusRegistry,
    { client, server }: Required<Pick<Extension, "client" | "server">>,
  ) {
    this.#registry = registry;
    this.client = client as NonNullable<Extension["client"]>;
    this.server = server as NonNullable<Extension["server"]>;
  }

  get registry(): PrometheusRegistry {
    return this.#registry;
  }
}

function checkRegistry(registry: unknown): PrometheusRegistry {
  if (registry === undefined) return new Registry();
  const isOne = typeof registry === "object" && registry !== null && "getSingleMetric" in registry;
  if (!isOne) throw wrong("prometheus", "registry", "a Registry of prom-client", registry);
  return registry as PrometheusRegistry;
}

function checkPrefix(prefix: unknown = "porthos_"): string {
  const text = checkText("prometheus", "prefix", prefix, MAX_PREFIX);
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text)) return text;
  throw wrong("prometheus", "prefix", "letters, digits and _, with no digit first", prefix);
}

function checkBuckets(buckets: unknown = BUCKETS): readonly number[] {
  const isList = Array.isArray(buckets) && buckets.length >= 1 && buckets.length <= MAX_BUCKETS;
  const isRising = (bound: unknown, index: number): boolean =>
    typeof bound === "number" &&
    bound > (index === 0 ? 0 : ((buckets as number[])[index - 1] as number)) &&
    bound < Infinity;
  if (isList && buckets.every(isRising)) return [...buckets];
  throw wrong(
    "prometheus",
    "buckets",
    `1 to ${MAX_BUCKETS} numbers of seconds, each more than the one before`,
    buckets,
  );
}
