import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Results, testsOf } from "../tests/faults/results.js";

/*
 * `pnpm faults [FILES]`: runs the matrix of faults, or those of its files, and prints what was kept on which carrier.
 */
const folder = mkdtempSync(join(tmpdir(), "porthos-faults-"));
const file = join(folder, "results.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
const command = ["exec", "vitest", "run", "--project", "faults", ...reporters, ...process.argv.slice(2)];
const { status } = spawnSync("pnpm", command, { stdio: "inherit" });
if (existsSync(file)) console.log(`\n${new Results(testsOf(readFileSync(file, "utf8")))}`);
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
