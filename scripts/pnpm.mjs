// Works before anything is installed: only Node and npm are there, so this is plain JavaScript.
// @ts-check
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The one pnpm that this repository uses, as package.json pins it. */
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));

/**
 * Runs a program in the foreground; a failure of it ends this script with the same exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} [cwd]
 */
export function run(program, args, cwd = root) {
  const { status, error } = spawnSync(program, args, { cwd, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {readonly string[]} args */
export function pnpm(...args) {
  run("npx", ["--yes", packageManager, ...args]);
}

/** Installs what the lockfile says, unless that is what is installed: pnpm keeps a copy of what it installed. */
export function install() {
  if (read("pnpm-lock.yaml") !== read("node_modules/.pnpm/lock.yaml")) pnpm("install", "--frozen-lockfile");
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(root + path, "utf8");
  } catch {
    return undefined;
  }
}
