import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.js";

const APT = "/usr/bin/apt-get";

export function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Why these programs cannot be used here; undefined when they are there, or can be installed for this run. */
export function programsObstacle(programs: readonly string[]): string | undefined {
  const missing = programs.filter((name) => findProgram(name) === undefined);
  if (missing.length === 0 || isThrowAway()) return undefined;
  return `${missing.join(" and ")} not installed`;
}

/** Nobody's machine is changed but that of a CI job, which is thrown away. */
export function isThrowAway(): boolean {
  return process.env["CI"] === "true" && process.getuid?.() === 0 && existsSync(APT);
}

let updated: Promise<void> | undefined;

/** Installs Debian's packages on a machine that is thrown away. @throws {Error} with apt's own words. */
export async function installPackages(...packages: readonly string[]): Promise<void> {
  updated ??= run(APT, ["-q", "-y", "update"]);
  await updated;
  const quietly = ["-q", "-y", "-o", "DPkg::Lock::Timeout=300", "install", "--no-install-recommends"];
  await run(APT, [...quietly, ...packages]);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
