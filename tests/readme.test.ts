import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "@porthos-rpc/connect";
import type { Transport } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Program } from "./program.js";
import { rows } from "./rows.js";
import { within } from "./waits.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The README's first three blocks of TypeScript: what a reader tries first, as they stand. */
function examples(): readonly string[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  if (blocks.length < 3) throw new Error("README.md has lost its examples");
  return blocks.slice(0, 3);
}

/** Runs a program to its end, which must come by itself, and soon after its last word. */
async function outputOf(path: string, env: Readonly<Record<string, string>>): Promise<string> {
  await using program = new Program(path, { env });
  const ending = await program.end(30_000);
  expect(ending, program.errors).toMatchObject({ code: 0, signal: null });
  expect(ending.afterLastWordMs).toBeLessThan(2_000);
  expect(program.errors).toBe("");
  return program.lines.join("\n");
}

/** What an example prints. @param number from 1 */
async function printedBy(number: number, url: string): Promise<string[]> {
  // In this folder, where the packages that it imports are found.
  const folder = mkdtempSync(join(root, "tests", ".readme-"));
  try {
    const file = join(folder, "example.ts");
    writeFileSync(file, examples()[number - 1] ?? "");
    return (await outputOf(relative(root, file), { PORTHOS_URL: url })).split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(rows)("over %s", (_title, row) => {
  test.each([
    [1, ["200 { value_plus_one: 21 }"]],
    // Its one-way call may be carried out at any time.
    [2, ["1", "2", "3", "INFO 21"]],
  ])(
    "the README's example %d runs as it stands, prints what it says, and ends by itself",
    async (number, lines) => {
      try {
        expect((await printedBy(number, row.url)).sort()).toEqual(lines);
      } finally {
        await row.removeQueues(["CalculatorService"]);
      }
    },
  );

  test("the demo shows real calls, a 404, a timeout, NoService and an access log, and ends by itself", async () => {
    const printed = await outputOf("examples/calculator/src/demo.ts", { PORTHOS_URL: row.url });
    await row.removeQueues(["CalculatorService", "TypedCalculator"]);
    expect(printed).toContain(`connected over ${row.transport}`);
    expect(printed).toContain("addOne(20) = 21");
    expect(printed).toContain("11, 12, 13");
    expect(printed).toContain("addOne(2e9): tooLarge, at most 1000000000");
    expect(printed).toContain("countTo(3): 1, 2, 3");
    expect(printed).toContain("sum of 1 to 100: 5050");
    expect(printed).toContain("its handler has stopped");
    expect(printed).toContain("the service logs: [INFO] nobody answers this");
    expect(printed).toMatch(/404 \{"status":404,.*"executed":"no"\}/);
    expect(printed).toMatch(/Timeout, executed: maybe: CalculatorService\.ponder: no answer within 200 ms/);
    // Where the broker does not tell that nobody serves, the call ends with its timeout.
    const { features } = await within(10_000, "a connection", connect(row.url).then(closed));
    expect(printed).toMatch(
      features.unroutableSends
        ? /NoService, executed: no: NoSuchService\.anything: nobody has declared the queue/
        : /Timeout, executed: maybe: NoSuchService\.anything: no answer within 2000 ms/,
    );
    expect(printed).toMatch(
      /request +\{"service":"CalculatorService","method":"addOne","args":\{"value":20\}\}/,
    );
    expect(printed).toMatch(
      /response +\{"service":"CalculatorService","method":"addOne",.*"statusCode":200,"elapsedMs":/,
    );
    expect(printed.trimEnd()).toMatch(/the process ends by itself$/);
  });
});

async function closed(transport: Transport): Promise<Transport> {
  await transport.close();
  return transport;
}

test("the README's example of extensions shows which act on a server, in their order, and for which methods", async () => {
  expect(await printedBy(3, "memory:")).toEqual([
    "{ total: 7 }",
    "compression undefined trace",
    "limit [ 'report.*' ] limit",
  ]);
});

test("the program in the folder for one's own calls its service, and ends by itself", async () => {
  const printed = await outputOf("examples/playground/src/main.ts", { PORTHOS_URL: "memory:" });
  expect(printed).toBe("hello, world");
});

test("the folder for one's own has every package, and what the extensions' READMEs import", () => {
  const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), "utf8");
  const foldersOf = (parent: string): readonly string[] =>
    readdirSync(join(root, parent)).map((name) => join(parent, name));
  const packages = [...foldersOf("packages"), ...foldersOf("packages/extensions")];
  const names = packages
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder): string => JSON.parse(read(folder, "package.json")).name);
  const imports = foldersOf("packages/extensions").flatMap((folder) =>
    [...read(folder, "README.md").matchAll(/^import .* from "((?:@[^/"]+\/)?[^/":]+)[^":]*";$/gm)].map(
      ([, name = ""]) => name,
    ),
  );
  expect(imports).toContain("jose");
  const { dependencies } = JSON.parse(read("examples/playground", "package.json"));
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining([...new Set([...names, ...imports])]));
});

test("no program of the examples calls process.exit", () => {
  for (const name of ["client", "server", "demo", "calculator"]) {
    const source = readFileSync(join(root, "examples/calculator/src", `${name}.ts`), "utf8");
    expect(source, name).not.toMatch(/process\.(exit\(|abort|kill)/);
  }
});
