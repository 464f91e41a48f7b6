import { accessSync, constants, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run } from "./run.js";

const APT = "/usr/bin/apt-get";
/** Of two that update the lists at a time, apt refuses the second; several test files are processes of their own. */
const APT_LOCK = join(tmpdir(), "porthos-apt.lock");

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
  updated ??= apt("update");
  await updated;
  await apt("-o", "DPkg::Lock::Timeout=300", "install", "--no-install-recommends", ...packages);
}

/** Waits its turn. */
function apt(...args: readonly string[]): Promise<void> {
  return run("flock", [APT_LOCK, APT, "-q", "-y", ...args]);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
