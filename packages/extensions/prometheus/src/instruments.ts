import { Counter, Gauge, Histogram, type OpenMetricsContentType, type Registry } from "prom-client";

/** A registry, whichever of its formats it writes. */
export type PrometheusRegistry = Registry | Registry<OpenMetricsContentType>;

type Kind = typeof Counter | typeof Gauge | typeof Histogram;

/** One metric: its name without the prefix, what it tells, and by which labels. */
export interface Definition<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** A registry's metrics, under a prefix. One that is there already, of a client or server that shares the registry, is used. */
export class Instruments {
  readonly #registry: PrometheusRegistry;
  readonly #prefix: string;
  readonly #buckets: readonly number[];

  constructor(registry: PrometheusRegistry, prefix: string, buckets: readonly number[]) {
    this.#registry = registry;
    this.#prefix = prefix;
    this.#buckets = buckets;
  }

  counter(definition: Definition<typeof Counter>): Counter {
    return this.#known(definition) ?? new Counter(this.#configuration(definition));
  }

  gauge(definition: Definition<typeof Gauge>): Gauge {
    return this.#known(definition) ?? new Gauge(this.#configuration(definition));
  }

  histogram(definition: Definition<typeof Histogram>): Histogram {
    const known = this.#known(definition);
    return known ?? new Histogram({ ...this.#configuration(definition), buckets: [...this.#buckets] });
  }

  /** @throws {TypeError} when the registry has something else under one of the names. */
  check(definitions: readonly Definition[]): void {
    for (const definition of definitions) this.#known(definition);
  }

  #known<K extends Kind>({ kind, name, labels }: Definition<K>): InstanceType<K> | undefined {
    const full = this.#prefix + name;
    const known = this.#registry.getSingleMetric(full) as { readonly labelNames?: unknown } | undefined;
    if (known === undefined) return undefined;
    const isSame = known instanceof kind && String(known.labelNames) === String(labels);
    if (isSame) return known as InstanceType<K>;
    throw new TypeError(
      `prometheus: the registry has a metric "${full}" already, of another kind or with other labels; use another prefix`,
    );
  }

  #configuration({ name, help, labels }: Definition) {
    return { name: this.#prefix + name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}
