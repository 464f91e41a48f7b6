import { importViolations } from "./import-rules.js";
import { manifestViolations } from "./manifest-rules.js";
import type { Violation } from "./violation.js";
import { readWorkspace } from "./workspace.js";

export type Report = {
  readonly packages: number;
  readonly files: number;
  readonly violations: readonly Violation[];
};

/** Holds every package below a root against the table of layers. */
export function checkWorkspace(root: string): Report {
  const all = readWorkspace(root);
  const violations = all.flatMap((one) => [...manifestViolations(one, all), ...importViolations(one, all)]);
  const files = all.reduce((sum, one) => sum + one.files.length, 0);
  return { packages: all.length, files, violations };
}
