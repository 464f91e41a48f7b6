import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readBooks } from "./judge/book.js";

test("a process that is killed leaves all that it has written down", async () => {
  const folder = mkdtempSync(join(tmpdir(), "porthos-ledger-"));
  const program = fileURLToPath(new URL("../test/killed-writer.ts", import.meta.url));
  const writer = fork(program, [folder, "1000"], {
    execArgv: ["--conditions=porthos-source", "--import", "tsx"],
  });
  expect(await once(writer, "exit")).toEqual([null, "SIGKILL"]);
  const [book] = readBooks(folder);
  expect(book?.entries).toHaveLength(1_000);
  expect(book?.isTorn).toBe(false);
  rmSync(folder, { recursive: true });
});
