import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { LAYERS, type Layer, SCOPE } from "./table.js";

type Dependencies = Readonly<Record<string, string>>;

export type Manifest = {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly optionalDependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
};

/** One package of the repository, with its manifest as text too: a violation in it has a line. */
export type Package = {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly text: string;
  readonly layer: Layer | undefined;
  readonly files: readonly SourceFile[];
};

export type SourceFile = { readonly path: string; readonly text: string; readonly isTest: boolean };

/** Folders of packages, whether or not a layer of the table is there: a package without a layer is a violation. */
const FAMILIES = ["packages", "packages/extensions", "apps", "examples", "interop", "tools"];
const SINGLES = ["tests", "benchmarks"];

export function readWorkspace(root: string): Package[] {
  const folders = FAMILIES.flatMap((family) => childrenOf(root, family));
  return [...folders, ...SINGLES]
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => readPackage(root, folder));
}

/** Whether a folder is what a pattern of the table names. */
export function matches(pattern: string, folder: string): boolean {
  return new RegExp(`^${pattern.replaceAll("*", "[^/]+")}$`).test(folder);
}

function readPackage(root: string, folder: string): Package {
  const text = readFileSync(join(root, folder, "package.json"), "utf8");
  const manifest = JSON.parse(text) as Manifest;
  return {
    name: manifest.name.replace(SCOPE, ""),
    folder,
    manifest,
    text,
    layer: LAYERS.find((layer) => matches(layer.folder, folder)),
    files: readSource(root, folder),
  };
}

function readSource(root: string, folder: string): SourceFile[] {
  return childrenOf(root, folder)
    .flatMap((child) => (statSync(join(root, child)).isDirectory() ? filesBelow(root, child) : [child]))
    .filter((path) => /\.[mc]?tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8"), isTest: isTest(path) }));
}

/** What a folder holds, without what was installed or built there. */
function childrenOf(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder)).filter((name) => !/^(\.|node_modules$|dist$)/.test(name));
  return names.map((name) => `${folder}/${name}`);
}

function filesBelow(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(root, path) : [path];
  });
}

/** Whether a file is never part of what users install. */
function isTest(path: string): boolean {
  return /\.test(-d)?\.tsx?$/.test(path) || /^(tests|benchmarks|tools)\/|\/test\//.test(path);
}
