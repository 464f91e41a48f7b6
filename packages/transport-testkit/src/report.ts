import type { TransportFeatures } from "@porthos-rpc/protocol";
import type { CaseResult } from "./run-case.js";

/** What became of the cases of one run: the lines that are printed at its end, so that nothing is skipped silently. */
export class Report {
  readonly #name: string;
  readonly #counts = { kept: 0, broken: 0, known: 0 };
  readonly #notApplicable = new Map<string, number>();

  constructor(name: string) {
    this.#name = name;
  }

  add(result: CaseResult, isKnownFailure: boolean): void {
    if (result.kind === "not applicable") {
      this.#notApplicable.set(result.reason, (this.#notApplicable.get(result.reason) ?? 0) + 1);
    } else if (result.kind === "broken" && isKnownFailure) {
      this.#counts.known++;
    } else {
      this.#counts[result.kind]++;
    }
  }

  lines(features: TransportFeatures | undefined): string[] {
    const { kept, broken, known } = this.#counts;
    const skipped = [...this.#notApplicable.values()].reduce((sum, count) => sum + count, 0);
    return [
      `${this.#name}: ${kept} promises kept, ${broken} broken, ${known} known failures, ${skipped} not applicable`,
      `  features: ${features === undefined ? "unknown, it did not get ready" : list(features)}`,
      ...[...this.#notApplicable].map(([reason, count]) => `  not applicable, ${count}: ${reason}`),
    ];
  }
}

function list(features: TransportFeatures): string {
  return Object.entries(features)
    .map(([name, has]) => (has ? name : `no ${name}`))
    .join(", ");
}
