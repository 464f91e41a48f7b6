import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "@porthos-rpc/connect";
import type { Transport } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { Program } from "./program.js";
import { rows } from "./rows.js";
import { within } from "./waits.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The first TypeScript in the README: what a reader tries first. */
function firstExample(): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const block = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1];
  if (block === undefined) throw new Error("README.md has no block of TypeScript");
  return block;
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

describe.each(rows)("over %s", (_title, row) => {
  test("the README's first example runs as it stands, prints what it says, and ends by itself", async () => {
    const source = firstExample();
    // In this folder, where the packages that it imports are found.
    const folder = mkdtempSync(join(root, "tests", ".readme-"));
    try {
      const file = join(folder, "example.ts");
      writeFileSync(file, source);
      const printed = await outputOf(relative(root, file), { PORTHOS_URL: row.url });
      const promised = /console\.log\(.*\); \/\/ (.*)/.exec(source)?.[1];
      expect(printed).toBe(promised);
    } finally {
      rmSync(folder, { recursive: true });
      await row.removeQueues(["CalculatorService"]);
    }
  });

  test("the demo shows real calls, a 404, a timeout, NoService and an access log, and ends by itself", async () => {
    const printed = await outputOf("examples/calculator/src/demo.ts", { PORTHOS_URL: row.url });
    await row.removeQueues(["CalculatorService"]);
    expect(printed).toContain(`connected over ${row.transport}`);
    expect(printed).toContain("addOne(20) = 21");
    expect(printed).toContain("11, 12, 13");
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

test("the program in the folder for one's own calls its service, and ends by itself", async () => {
  const printed = await outputOf("examples/playground/src/main.ts", { PORTHOS_URL: "memory:" });
  expect(printed).toBe("hello, world");
});

test("no program of the examples calls process.exit", () => {
  for (const name of ["client", "server", "demo", "calculator"]) {
    const source = readFileSync(join(root, "examples/calculator/src", `${name}.ts`), "utf8");
    expect(source, name).not.toMatch(/process\.(exit\(|abort|kill)/);
  }
});
