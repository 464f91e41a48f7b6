import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The longest of their projects: left for the end, each would keep one worker busy and the others waiting. */
const LONG = [
  "packages/transport-amqp091/test/conformance/qpid",
  "packages/transport-amqp10/test/conformance/rabbitmq",
  "tools/brokers/src/lifecycle",
  "tools/ledger/src/ledger",
  "examples/transport-redis/test/conformance",
  "tests/faults/23-",
  "tests/faults/64-",
];

/**
 * Spreads the files of each project evenly over those of the others that run at the same time, instead of one project
 * after the other: so the few long files that mostly wait run beside those that compute, and none is left for the end.
 */
export class Interleaved extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const placed = new Map<TestSpecification, number>();
    for (const [index, ofProject] of byProject(sorted)) {
      ofProject.sort((a, b) => rank(a) - rank(b));
      for (const [place, file] of ofProject.entries())
        placed.set(file, index + place / (ofProject.length + 1));
    }
    return sorted.sort((a, b) => (placed.get(a) ?? 0) - (placed.get(b) ?? 0));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const place = LONG.findIndex((path) => moduleId.includes(path));
  return place === -1 ? LONG.length : place;
}

/** Each project's files, with the group in which it runs. */
function byProject(files: readonly TestSpecification[]): [group: number, files: TestSpecification[]][] {
  const projects = new Map<string, TestSpecification[]>();
  for (const file of files) {
    const known = projects.get(file.project.name);
    if (known === undefined) projects.set(file.project.name, [file]);
    else known.push(file);
  }
  return [...projects.values()].map((ofProject) => [
    ofProject[0]?.project.config.sequence.groupOrder ?? 0,
    ofProject,
  ]);
}
