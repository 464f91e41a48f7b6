import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Dependencies that are CommonJS ask for a `require`, which a module has not. */
const REQUIRE =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/**
 * Makes a file of each program: so it starts in a fifth of the processor time that it takes from source, and servers are
 * started often. @returns their folder
 */
export async function bundle(folder: string): Promise<string> {
  const outdir = join(folder, "programs");
  await build({
    entryPoints: ["client", "server"].map((name) =>
      fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url)),
    ),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["porthos-source"],
    banner: { js: REQUIRE },
    sourcemap: "linked",
    logLevel: "warning",
  });
  return outdir;
}
