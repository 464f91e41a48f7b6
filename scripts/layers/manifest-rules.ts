import { type Layer, SCOPE } from "./table.js";
import type { Violation } from "./violation.js";
import type { Package } from "./workspace.js";

/** The rules that a manifest alone can break. */
export function* manifestViolations(one: Package, all: readonly Package[]): Generator<Violation> {
  if (one.layer === undefined) {
    yield { file: file(one), line: 1, text: `${one.folder} has no row in the table of layers` };
    return;
  }
  yield* dependencies(one, one.layer, all);
  yield* devDependencies(one, one.layer, all);
}

function* dependencies(one: Package, layer: Layer, all: readonly Package[]): Generator<Violation> {
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = one.manifest;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    if (!name.startsWith(SCOPE)) continue;
    const peerOnly = name in peerDependencies && !(name in dependencies);
    const usedByTests = one.manifest.private === true && (layer.testsImport ?? []).includes(short(name));
    const allowed = mayImport(layer, short(name), all) || usedByTests;
    if (allowed || (peerOnly && (layer.dynamicImports ?? []).includes(short(name)))) continue;
    yield violation(one, name, `depends on ${name}; ${allowance(layer)}`);
  }
  const libraries = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  yield* foreignLibraries(
    one,
    layer,
    libraries.filter((name) => !name.startsWith(SCOPE)),
  );
}

function* foreignLibraries(one: Package, layer: Layer, names: readonly string[]): Generator<Violation> {
  const { libraries } = layer;
  if (libraries === "any") return;
  if ("atMost" in libraries) {
    if (names.length <= libraries.atMost) return;
    yield violation(
      one,
      names.at(-1) ?? "",
      `has ${names.length} libraries (${names.join(", ")}); at most ${libraries.atMost}`,
    );
    return;
  }
  for (const name of names.filter((candidate) => !libraries.includes(candidate))) {
    yield violation(one, name, `depends on ${name}; its libraries are: ${libraries.join(", ") || "none"}`);
  }
}

function* devDependencies(one: Package, layer: Layer, all: readonly Package[]): Generator<Violation> {
  for (const name of Object.keys(one.manifest.devDependencies ?? {})) {
    if (!name.startsWith(SCOPE)) continue;
    const allowed = (layer.testsImport ?? []).includes(short(name)) || mayImport(layer, short(name), all);
    if (!allowed) yield violation(one, name, `has the dev-dependency ${name}; ${testAllowance(layer)}`);
  }
}

/** Whether source of this layer may import a package of the repository statically. */
export function mayImport(layer: Layer, name: string, all: readonly Package[]): boolean {
  if (layer.imports !== "every published package") return layer.imports.includes(name);
  return all.some((one) => one.name === name && one.manifest.private !== true);
}

export function allowance(layer: Layer): string {
  const { imports, dynamicImports = [] } = layer;
  const names = typeof imports === "string" ? imports : imports.join(", ") || "no package of this repository";
  const dynamic = dynamicImports.length > 0 ? `, and dynamically ${dynamicImports.join(", ")}` : "";
  return `${layer.folder} may import ${names}${dynamic}`;
}

export function testAllowance(layer: Layer): string {
  return `tests of ${layer.folder} may import besides: ${(layer.testsImport ?? []).join(", ") || "nothing"}`;
}

function violation(one: Package, name: string, text: string): Violation {
  const line = one.text.split("\n").findIndex((candidate) => candidate.includes(`"${name}":`)) + 1;
  return { file: file(one), line: Math.max(line, 1), text };
}

function file(one: Package): string {
  return `${one.folder}/package.json`;
}

function short(name: string): string {
  return name.slice(SCOPE.length);
}
