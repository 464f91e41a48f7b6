import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Program } from "./program.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const extensions = join(root, "packages/extensions");

/** The first block of TypeScript of a README: a whole program, whose comments `// prints` say what it writes. */
function exampleOf(name: string): { readonly source: string; readonly prints: readonly string[] } {
  const readme = readFileSync(join(extensions, name, "README.md"), "utf8");
  const source = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
  return { source, prints: [...source.matchAll(/^\/\/ prints (.*)$/gm)].map(([, line = ""]) => line) };
}

/** What is left open in a README's line is written as `…`. */
function pattern(line: string): RegExp {
  const parts = line.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*?")}$`);
}

describe.each(readdirSync(extensions))("the README of %s", (name) => {
  test("has an example that runs as it stands, prints what it says, and ends by itself", async () => {
    const { source, prints } = exampleOf(name);
    expect(prints).not.toEqual([]);
    // In this folder, where the packages that it imports are found.
    const folder = mkdtempSync(join(root, "tests", ".readme-"));
    try {
      const file = join(folder, "example.ts");
      writeFileSync(file, source);
      await using program = new Program(relative(root, file));
      expect(await program.end(30_000), program.errors).toMatchObject({ code: 0, signal: null });
      expect(program.errors).toBe("");
      expect(program.lines).toEqual(prints.map((line) => expect.stringMatching(pattern(line))));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
