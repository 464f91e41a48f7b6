import { builtinModules } from "node:module";
import { join, normalize } from "node:path";
import { type Import, importsOf } from "./imports.js";
import { allowance, mayImport, testAllowance } from "./manifest-rules.js";
import { DOORS, type Layer, SCOPE } from "./table.js";
import type { Violation } from "./violation.js";
import { matches, type Package, type SourceFile } from "./workspace.js";

/** The rules that the imports of a package's files can break. */
export function* importViolations(one: Package, all: readonly Package[]): Generator<Violation> {
  if (one.layer === undefined) return;
  for (const file of one.files) {
    for (const found of importsOf(file.path, file.text)) {
      for (const text of check(found, { one, all, file, layer: one.layer })) {
        yield { file: file.path, line: found.line, text };
      }
    }
  }
}

type Place = {
  readonly one: Package;
  readonly all: readonly Package[];
  readonly file: SourceFile;
  readonly layer: Layer;
};

function* check(found: Import, place: Place): Generator<string> {
  const { specifier } = found;
  if (specifier.startsWith(".")) yield* relative(specifier, place);
  else if (specifier.startsWith(SCOPE)) yield* sibling(found, place);
  else if (!specifier.startsWith("node:") && !builtinModules.includes(specifier))
    yield* library(specifier, place);
}

function* relative(specifier: string, { one, file }: Place): Generator<string> {
  const target = normalize(join(file.path, "..", specifier));
  if (!target.startsWith(`${one.folder}/`)) {
    yield `the relative import "${specifier}" leaves the package; import the other package by its name`;
  }
}

function* sibling({ specifier, dynamic }: Import, place: Place): Generator<string> {
  const { one, all, file, layer } = place;
  const [name = "", ...rest] = specifier.slice(SCOPE.length).split("/");
  const target = all.find((candidate) => candidate.name === name);
  if (target === undefined) {
    yield `"${specifier}" is no package of this repository`;
    return;
  }
  if (name === one.name) {
    if (!file.isTest) yield `"${specifier}" is this package itself; import its files by relative path`;
    return;
  }
  const allowed =
    mayImport(layer, name, all) ||
    (dynamic && (layer.dynamicImports ?? []).includes(name)) ||
    (file.isTest && (layer.testsImport ?? []).includes(name));
  if (!allowed) yield `imports "${specifier}"; ${file.isTest ? testAllowance(layer) : allowance(layer)}`;
  if (!declared(one, SCOPE + name, file.isTest))
    yield `imports "${specifier}", which its manifest does not declare`;
  yield* door(specifier, name, rest.join("/"), target, place);
}

function* door(
  specifier: string,
  name: string,
  path: string,
  target: Package,
  place: Place,
): Generator<string> {
  if (path === "") return;
  if (!(`./${path}` in (target.manifest.exports ?? {}))) {
    yield `"${specifier}" reaches into a package: ${target.manifest.name} does not export ./${path}`;
    return;
  }
  const folders = DOORS[`${name}/${path}`];
  if (folders === undefined || place.file.isTest) return;
  if (!folders.some((pattern) => matches(pattern, place.one.folder))) {
    yield `"${specifier}" is only for tests and ${folders.join(", ")}`;
  }
}

/** Development tools are declared once, at the root; tests and configurations use them from there. */
function* library(specifier: string, { one, file, layer }: Place): Generator<string> {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (file.isTest || !file.path.startsWith(join(one.folder, "src"))) return;
  const vitestForTests = name === "vitest" && one.manifest.private === true;
  if (!declared(one, name, false) && !vitestForTests)
    yield `imports "${specifier}", which its manifest does not declare`;
  if (Array.isArray(layer.libraries) && !layer.libraries.includes(name)) {
    yield `imports "${specifier}"; its libraries are: ${layer.libraries.join(", ") || "none"}`;
  }
}

function declared({ manifest }: Package, name: string, inTests: boolean): boolean {
  const {
    dependencies = {},
    peerDependencies = {},
    optionalDependencies = {},
    devDependencies = {},
  } = manifest;
  const used = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  return name in used || (inTests && name in devDependencies);
}
