import { execFile } from "node:child_process";
import { promisify } from "node:util";

const WITHIN_MS = 600_000;
const ANSWERS_WITHIN_MS = 5_000;

/** Runs Docker's own client. @throws {Error} with what it printed */
export async function docker(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("docker", args, { timeout: WITHIN_MS });
  return stdout.trim();
}

/** Why no container can be run here. */
export async function dockerObstacle(): Promise<string | undefined> {
  return promisify(execFile)("docker", ["info"], { timeout: ANSWERS_WITHIN_MS }).then(
    () => undefined,
    () => "no Docker engine answers",
  );
}
