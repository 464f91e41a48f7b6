import { ALL_CARRIERS, type Carrier, carriersOf } from "./carriers.js";
import { carriersOfFault, FAULTS, type Fault } from "./registry.js";
import { table } from "./table.js";
import { readTitle } from "./title.js";

/** A test in Vitest's JSON report. */
export interface TestResult {
  readonly file: string;
  readonly title: string;
  /** Its title after those of the suites around it. */
  readonly fullName: string;
  readonly status: string;
}

/** What became of one cell of the matrix in a run. */
export type CellState = "kept" | "failed" | "missing" | "not in this run";

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly Omit<TestResult, "file">[];
  }[];
}

/** The tests of Vitest's JSON report. */
export function testsOf(json: string): TestResult[] {
  const { testResults } = JSON.parse(json) as Report;
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((result) => ({ ...result, file: name })),
  );
}

/** The matrix as a run has filled it. */
export class Results {
  readonly #tests: readonly TestResult[];
  /** Those that the run had a broker for. */
  readonly #carriers = new Set<string>();

  /** Those that the run had a test of, if it was not to have one of each. */
  readonly #faults: ReadonlySet<Fault> | undefined;

  /** @param run whether all tests were to run, or those of some files */
  constructor(tests: readonly TestResult[], { isWhole }: { readonly isWhole: boolean } = { isWhole: true }) {
    this.#tests = tests;
    if (!isWhole) this.#faults = new Set(FAULTS.filter((fault) => hasTestIn(tests, fault)));
    for (const { title } of tests) this.#carriers.add(readTitle(title)?.carrier ?? "");
  }

  state(fault: Fault, carrier: Carrier): CellState {
    if (!this.#carriers.has(carrier) || this.#faults?.has(fault) === false) return "not in this run";
    const tests = this.#tests.filter((test) => isOf(fault, carrier, test));
    if (tests.some(({ status }) => status === "failed")) return "failed";
    return tests.some(({ status }) => status === "passed") ? "kept" : "missing";
  }

  /** How many cells are in each state. */
  counts(): Readonly<Record<CellState | "left out", number>> {
    const counts = { kept: 0, failed: 0, missing: 0, "not in this run": 0, "left out": 0 };
    for (const fault of FAULTS) {
      const carriers = carriersOfFault(fault);
      counts["left out"] += carriersOf(fault.protocols).length - carriers.length;
      for (const carrier of carriers) counts[this.state(fault, carrier)]++;
    }
    return counts;
  }

  /** Cells that the registry calls tested, whose carrier the run had, and of which no test has run. */
  holes(): readonly string[] {
    return FAULTS.filter(({ missing }) => missing === undefined).flatMap((fault) =>
      carriersOfFault(fault)
        .filter((carrier) => this.state(fault, carrier) === "missing")
        .map((carrier) => `${fault.number} on ${carrier}`),
    );
  }

  toString(): string {
    const counts = Object.entries(this.counts()).map(([state, count]) => `${count} ${state}`);
    return `${table((fault, carrier) => this.state(fault, carrier))}\n\nfaults: ${counts.join(", ")}`;
  }
}

function hasTestIn(tests: readonly TestResult[], fault: Fault): boolean {
  return tests.some((test) => ALL_CARRIERS.some((carrier) => isOf(fault, carrier, test)));
}

function isOf(fault: Fault, carrier: Carrier, { file, title, fullName }: TestResult): boolean {
  const read = readTitle(title);
  if (read !== undefined) return read.number === fault.number && read.carrier === carrier;
  const one = fault.seeAlso.find((other) => file.endsWith(other.file) && title.includes(other.title));
  if (one === undefined || !one.on.includes(carrier)) return false;
  // What runs on several carriers, each by its title, says for which of them it is; it may be none of these.
  const [said = carrier] = /\bamqp(?:10|091) on [\w.-]+/.exec(fullName) ?? [];
  return (
    said === carrier && ALL_CARRIERS.every((other) => other === carrier || !fullName.includes(`${other} `))
  );
}
