import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Program } from "./program.js";
import { carriers } from "./rows.js";

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

test.concurrent.each(readdirSync(extensions))(
  "the README of %s has an example that runs as it stands, prints what it says, and ends by itself",
  async (name) => {
    const { source, prints } = exampleOf(name);
    expect(prints).not.toEqual([]);
    // In this folder, where the packages that it imports are found.
    const folder = mkdtempSync(join(root, "tests", ".readme-"));
    try {
      const file = join(folder, "example.ts");
      writeFileSync(file, source);
      const lines = await linesOf(relative(root, file));
      expect(lines).toEqual(prints.map((line) => expect.stringMatching(pattern(line))));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

/** What a program prints until it ends, which it must by itself. */
async function linesOf(path: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  await using program = new Program(path, { env });
  expect(await program.end(30_000), program.errors).toMatchObject({ code: 0, signal: null });
  expect(program.errors).toBe("");
  return program.lines;
}

// One after the other: two of them may be on the same broker.
test.each(carriers)("a service is observed by all three at once, over $transport", async (row) => {
  const lines = await linesOf("examples/observed/src/main.ts", { PORTHOS_URL: row.url });
  await row.removeQueues(["ObservedCalculator", "porthos.metrics", "porthos.specs"]);
  const call = (value: number): string =>
    `"service":"ObservedCalculator","method":"addOne","args":{"value":${value},"pin":"[redacted]"}`;
  const entry = `{"serviceName":"ObservedCalculator","methodName":"addOne","responsetime":…,"statusCode":200}`;
  const expected = [
    `info request  {${call(20)}}`,
    `info response {${call(20)},"statusCode":200,"elapsedMs":…}`,
    `info request  {${call(21)}}`,
    `info response {${call(21)},"statusCode":200,"elapsedMs":…}`,
    `porthos.metrics [${entry},${entry}]`,
    `porthos.specs {"service":"ObservedCalculator","specs":{"addOne":{"description":"Adds one",…}}}`,
  ];
  expect([...lines].sort()).toEqual(expected.sort().map((line) => expect.stringMatching(pattern(line))));
});
