import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { defineCommand, runMain } from "citty";
import { fuzz } from "./fuzz.js";
import { seedOfRun } from "./seed.js";
import type { FuzzTarget } from "./target.js";

/** Where a package says what of it reads strangers' bytes: an export `targets`. */
const TARGETS = "test/fuzz-targets.ts";
const root = fileURLToPath(new URL("../../..", import.meta.url));

async function allTargets(): Promise<FuzzTarget[]> {
  const files = readdirSync(`${root}/packages`).map((name) => `${root}/packages/${name}/${TARGETS}`);
  const modules = await Promise.all(
    files
      .filter((file) => existsSync(file))
      .map(
        (file) => import(pathToFileURL(file).href) as Promise<{ readonly targets: readonly FuzzTarget[] }>,
      ),
  );
  return modules.flatMap(({ targets }) => [...targets]);
}

await runMain(
  defineCommand({
    meta: { name: "fuzz", description: "Feeds decoders with what reaches ever more of their blocks." },
    args: {
      target: {
        type: "string",
        description: "a target's name, or all of them one after the other",
        default: "all",
      },
      minutes: { type: "string", description: "for each", default: "1" },
    },
    run: async ({ args }) => {
      const seed = seedOfRun();
      const ms = Number(args.minutes) * 60_000;
      const all = await allTargets();
      const chosen = all.filter(({ name }) => args.target === "all" || name === args.target);
      if (chosen.length === 0 || !(ms > 0)) {
        throw new Error(
          `--target is one of ${all.map(({ name }) => name).join(", ")}; --minutes a number above 0`,
        );
      }
      console.log(`PORTHOS_FUZZ_SEED=${seed}`);
      for (const target of chosen) {
        const isMeant = (url: string): boolean => url.includes("/packages/") && url.includes("/src/");
        const { inputs, seedCharacters, characters, kept, found } = fuzz(target, { seed, ms, isMeant });
        console.log(
          `${target.name}: ${inputs} inputs, ${seedCharacters} -> ${characters} characters of source ran, ${kept.length} kept, ${found.length} found`,
        );
        for (const { input, error } of found) {
          console.log(
            `  ${Buffer.from(input).toString("hex")}\n  ${inspect(error).split("\n", 3).join("\n  ")}`,
          );
          process.exitCode = 1;
        }
      }
    },
  }),
);
