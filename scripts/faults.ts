import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAULTS } from "../tests/faults/registry.js";
import { Results, testsOf } from "../tests/faults/results.js";

/*
 * `pnpm faults [FILES]`: runs the matrix of faults, with the tests elsewhere that are part of it, or those of some files, and
 * prints what was kept on which carrier.
 */
const elsewhere = FAULTS.flatMap(({ seeAlso }) => seeAlso.map((test) => test.file));
const given = process.argv.slice(2);
const files = given.length > 0 ? given : [...new Set(["tests/faults/", ...elsewhere])];
const folder = mkdtempSync(join(tmpdir(), "porthos-faults-"));
const file = join(folder, "results.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
const projects = ["faults", "outages", "broker"].flatMap((name) => ["--project", name]);
const command = ["exec", "vitest", "run", ...projects, ...reporters, ...files];
const { status } = spawnSync("pnpm", command, { stdio: "inherit" });
const isWhole = given.length === 0;
if (existsSync(file)) console.log(`\n${new Results(testsOf(readFileSync(file, "utf8")), { isWhole })}`);
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
