import { readFileSync } from "node:fs";

type Manifest = { exports: Record<string, string | { "porthos-source": string }> };

/** The entries are those that the package promises: tsup runs in its folder, so its manifest is the only list. */
function entries(): string[] {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
  return Object.values(manifest.exports).flatMap((target) =>
    typeof target === "string" ? [] : target["porthos-source"],
  );
}

// Not through tsup's defineConfig: its own declarations do not type-check.
const config: object = {
  entry: entries(),
  format: "esm",
  target: "es2022",
  sourcemap: true,
  clean: true,
  // Declarations come from tsc: tsup's bundling of them does not work with TypeScript 7.
  dts: false,
  removeNodeProtocol: false,
};

export default config;
