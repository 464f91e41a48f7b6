import { writeFileSync } from "node:fs";
import { FILES, pathOf } from "../catalogue.js";
import { MAKERS } from "./makers.js";

/*
 * Writes the catalogue's files anew from the families: pnpm exec tsx tests/hostile/make/main.ts
 * What runs in tests is the files; a test says so when they differ from the families.
 */
for (const file of FILES) {
  const lines = MAKERS[file]().map((entry) => JSON.stringify(entry));
  writeFileSync(pathOf(file), `${lines.join("\n")}\n`);
  process.stdout.write(`${file}: ${lines.length}\n`);
}
