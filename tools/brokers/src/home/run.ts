import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";

/** Longer than any download here has taken; a mirror that hangs must not hang a test run. */
const WITHIN_MS = 600_000;

/** Runs a program that takes its time. @throws {Error} with the gist of what it said. */
export async function run(program: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await promisify(execFile)(program, args, { env, timeout: WITHIN_MS, maxBuffer: 1 << 26 });
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${program} failed: ${gist(`${stdout}\n${stderr}`) || message}`, { cause: error });
  }
}

/** The few lines that tell what went wrong. */
function gist(said: string): string {
  const lines = stripVTControlCharacters(said)
    .split("\n")
    .filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /error|fail|^E:/i.test(line)).slice(0, 2);
  return (errors.length > 0 ? errors : lines.slice(-3)).join("\n");
}
