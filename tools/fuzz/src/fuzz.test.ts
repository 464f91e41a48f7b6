import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fuzz } from "./fuzz.js";
import type { FuzzTarget } from "./target.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Falls over one input of 2^32, which it leads to byte by byte. */
function runWithFlaw(bytes: Uint8Array): void {
  if (bytes[0] !== 0xc0) return;
  if (bytes[1] !== 0xff) return;
  if (bytes[2] !== 0x45) return;
  if (bytes[3] === 0x00) throw new Error("found");
}

const flawed: FuzzTarget = { name: "flawed", seeds: [Uint8Array.of(1, 2, 3, 4)], run: runWithFlaw };

test("what chance would not find in a lifetime is found by what leads to it, and again from the same seed", () => {
  const options = { seed: 7, ms: 15_000, isMeant: (url: string) => url.includes("fuzz.test.ts") };
  const { found, characters, seedCharacters } = fuzz(flawed, options);
  expect(found.map(({ error }) => String(error))).toContain("Error: found");
  expect(characters).toBeGreaterThan(seedCharacters);
});

test("a short run over all targets finds nothing", { timeout: 120_000 }, () => {
  const args = [
    "--conditions=porthos-source",
    "--import",
    "tsx",
    "tools/fuzz/src/main.ts",
    "--minutes",
    "0.008",
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  process.stdout.write(stdout);
  expect(status, stdout + stderr).toBe(0);
});
