import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = fileURLToPath(new URL("../src/", import.meta.url));

/** What an example prints until it ends, which it must by itself, within 20 s and without an error. */
export async function linesOf(name: string): Promise<readonly string[]> {
  const args = ["--conditions=porthos-source", "--import", "tsx", `${name}.ts`];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: folder,
    timeout: 20_000,
  });
  if (stderr !== "") throw new Error(`${name} wrote an error: ${stderr}`);
  return stdout.trimEnd().split("\n");
}
