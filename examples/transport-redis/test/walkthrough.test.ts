import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../../docs/transports-walkthrough.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)];

/** Without indentation: the page shows parts of files. */
function lines(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}

test.each(blocks.map(([, file = "", code = ""]) => ({ file, code })))(
  "docs/transports-walkthrough.md shows $file as it is",
  ({ file, code }) => {
    const source = lines(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));
    for (const part of code.split("// …\n")) expect(source).toContain(lines(part).trimEnd());
  },
);

test("every file that docs/transports-walkthrough.md links to is there", () => {
  for (const [, path = ""] of page.matchAll(/\]\((\.\.\/[^)#]+)\)/g)) {
    expect(() => readFileSync(new URL(`../../../docs/${path}`, import.meta.url))).not.toThrow(/ENOENT/);
  }
});
