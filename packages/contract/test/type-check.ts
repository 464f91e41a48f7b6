import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("..", import.meta.url));

/** A user's program: without what only this repository asks of its source. */
const OPTIONS = {
  skipLibCheck: true,
  isolatedDeclarations: false,
  declaration: false,
  noUnusedLocals: false,
};

/** What `tsc --extendedDiagnostics` prints for a program of these files. Throws where it finds an error. */
export function typeCheck(files: Readonly<Record<string, string>>): string {
  // Within the package, where its own name and its dev-dependencies are found.
  const cache = join(folder, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const program = mkdtempSync(join(cache, "type-check-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(program, name), text);
    const config = {
      extends: join(folder, "tsconfig.json"),
      compilerOptions: OPTIONS,
      include: [],
      files: Object.keys(files),
    };
    writeFileSync(join(program, "tsconfig.json"), JSON.stringify(config));
    return tsc("-p", program);
  } finally {
    rmSync(program, { recursive: true });
  }
}

function tsc(...args: readonly string[]): string {
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  // On one thread: several would each instantiate what they need.
  const all = [
    join(typescript, "bin", "tsc"),
    ...args,
    "--noEmit",
    "--extendedDiagnostics",
    "--singleThreaded",
  ];
  try {
    return execFileSync(process.execPath, all, { encoding: "utf8" });
  } catch (error) {
    throw new Error(String((error as { readonly stdout?: unknown }).stdout), { cause: error });
  }
}
