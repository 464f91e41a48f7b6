import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ConformanceResult } from "./report.js";

/** The folder that results are kept in, as one JSON file each; without it they are printed only. */
const FOLDER = "PORTHOS_CONFORMANCE_DIR";

export function keepResult(result: ConformanceResult): void {
  const folder = process.env[FOLDER];
  if (folder === undefined || folder === "") return;
  mkdirSync(folder, { recursive: true });
  const file = `${result.name.replace(/[^A-Za-z0-9.-]+/g, "-")}.json`;
  writeFileSync(join(folder, file), `${JSON.stringify(result, undefined, 2)}\n`);
}
