import type { TransportFeatures } from "@porthos-rpc/protocol";
import type { KnownFailure } from "./fixture.js";
import type { CaseResult } from "./run-case.js";

/** Why, by the case's id. */
type Reasons = Readonly<Record<string, string>>;

/** What became of the cases of one run, as data: for tables. */
export interface ConformanceResult {
  /** As `describeTransport` was told. */
  readonly name: string;
  /** As the fixture says. */
  readonly broker?: string;
  readonly features: TransportFeatures;
  /** How many cases came to what. */
  readonly counts: {
    readonly kept: number;
    readonly broken: number;
    readonly known: number;
    readonly notApplicable: number;
  };
  readonly knownFailures: Reasons;
  readonly notApplicable: Reasons;
}

/** What became of the cases of one run: the lines that are printed at its end, so that nothing is skipped silently. */
export class Report {
  readonly #name: string;
  readonly #broker: string | undefined;
  readonly #known = new Map<string, string>();
  readonly #notApplicable = new Map<string, string>();
  #kept = 0;
  #broken = 0;

  constructor(name: string, broker?: string) {
    this.#name = name;
    this.#broker = broker;
  }

  /** @param known why the case is known to fail, if it is */
  add(id: string, result: CaseResult, known: KnownFailure | undefined): void {
    if (result.kind === "not applicable") this.#notApplicable.set(id, result.reason);
    else if (result.kind === "broken" && result.fatal) this.#broken++;
    // What is kept at times only is no promise: the result does not depend on chance.
    else if (typeof known === "object") this.#known.set(id, known.reason);
    else if (result.kind === "kept") this.#kept++;
    else if (known === undefined) this.#broken++;
    else this.#known.set(id, known);
  }

  lines(features: TransportFeatures | undefined): string[] {
    const { kept, broken, known, notApplicable } = this.#counts;
    const reasons = new Map<string, number>();
    for (const reason of this.#notApplicable.values()) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    return [
      `${this.#name}: ${kept} promises kept, ${broken} broken, ${known} known failures, ${notApplicable} not applicable`,
      `  features: ${features === undefined ? "unknown, it did not get ready" : list(features)}`,
      ...[...reasons].map(([reason, count]) => `  not applicable, ${count}: ${reason}`),
    ];
  }

  result(features: TransportFeatures): ConformanceResult {
    return {
      name: this.#name,
      ...(this.#broker === undefined ? {} : { broker: this.#broker }),
      features: { ...features },
      counts: this.#counts,
      knownFailures: Object.fromEntries(this.#known),
      notApplicable: Object.fromEntries(this.#notApplicable),
    };
  }

  get #counts(): ConformanceResult["counts"] {
    const [known, notApplicable] = [this.#known.size, this.#notApplicable.size];
    return { kept: this.#kept, broken: this.#broken, known, notApplicable };
  }
}

function list(features: TransportFeatures): string {
  return Object.entries(features)
    .map(([name, has]) => (has ? name : `no ${name}`))
    .join(", ");
}
