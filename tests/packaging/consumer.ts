import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, type Tarballs } from "./tarballs.js";

/** An empty program of somebody else's, with some of our packages installed into it by npm. */
export class Consumer {
  readonly folder: string;
  /** What its source imports: every entry of the packages that it asked for. */
  readonly entries: readonly string[];

  constructor(packages: readonly string[], tarballs: Tarballs) {
    this.folder = mkdtempSync(join(tmpdir(), "porthos-consumer-"));
    const files = Object.entries(tarballs.files).map(([name, file]) => [name, `file:${file}`] as const);
    const dependencies = files.filter(([name]) => packages.includes(name));
    // The siblings that these depend on are in no registry yet, so npm is told where each of them is.
    const manifest = {
      private: true,
      type: "module",
      dependencies: Object.fromEntries(dependencies),
      overrides: Object.fromEntries(files),
    };
    writeFileSync(join(this.folder, "package.json"), JSON.stringify(manifest));
    this.#run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--ignore-scripts");
    this.entries = packages.flatMap((name) => this.#entriesOf(name));
  }

  /** The exported names of each entry, by `import` or by `require`. */
  exportedNames(how: "import" | "require"): Record<string, string[]> {
    const load = how === "import" ? "await import(entry)" : "require(entry)";
    const entries = JSON.stringify(this.entries);
    const program = `(async () => { const names = {};
      for (const entry of ${entries}) names[entry] = Object.keys(${load}).filter((name) => name !== "__esModule" && name !== "module.exports").sort();
      console.log(JSON.stringify(names)); })()`;
    const type = how === "import" ? "module" : "commonjs";
    return JSON.parse(this.#run(process.execPath, `--input-type=${type}`, "-e", program)) as Record<
      string,
      string[]
    >;
  }

  /** The exported classes of each entry, with what they call themselves. */
  classNames(): Record<string, Record<string, string>> {
    const program = `const names = {};
      for (const entry of ${JSON.stringify(this.entries)})
        names[entry] = Object.fromEntries(Object.entries(await import(entry))
          .filter(([, value]) => typeof value === "function" && /^class\\b/.test(String(value)))
          .map(([name, value]) => [name, value.name]));
      console.log(JSON.stringify(names));`;
    return JSON.parse(this.#run(process.execPath, "--input-type=module", "-e", program)) as Record<
      string,
      Record<string, string>
    >;
  }

  /** Everything that was installed, scopes and nested ones included. */
  installed(): string[] {
    const found = new Set<string>();
    collect(join(this.folder, "node_modules"), found);
    return [...found].sort();
  }

  /**
   * Type-checks a program that imports all entries, with the declarations of all libraries.
   * @param compiler folder of a TypeScript in this repository's node_modules
   * @param options more compiler options
   * @returns what the compiler printed, "" when it found no error.
   */
  typeErrors(compiler: string, options: object): string {
    const lines = this.entries.map((entry, index) => `export * as entry${index} from "${entry}";`);
    writeFileSync(join(this.folder, "index.ts"), `${lines.join("\n")}\n`);
    const compilerOptions = {
      module: "NodeNext",
      target: "ES2022",
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    const config = { compilerOptions: { ...compilerOptions, ...options }, files: ["index.ts"] };
    writeFileSync(join(this.folder, "tsconfig.json"), JSON.stringify(config));
    try {
      return this.#run(process.execPath, join(compiler, "bin", "tsc"), "-p", "tsconfig.json");
    } catch (error) {
      return String((error as { stdout?: unknown }).stdout ?? error);
    }
  }

  #entriesOf(name: string): string[] {
    const text = readFileSync(join(this.folder, "node_modules", name, "package.json"), "utf8");
    const { exports } = JSON.parse(text) as { exports: Record<string, unknown> };
    const code = Object.keys(exports).filter((path) => path !== "./package.json");
    return code.map((path) => join(name, path));
  }

  #run(program: string, ...args: string[]): string {
    return execFileSync(program, args, {
      cwd: this.folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}

function collect(folder: string, found: Set<string>): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (entry.startsWith(".")) continue;
    if (entry.startsWith("@")) collectScope(path, entry, found);
    else add(path, entry, found);
  }
}

function collectScope(folder: string, scope: string, found: Set<string>): void {
  for (const entry of readdirSync(folder)) add(join(folder, entry), `${scope}/${entry}`, found);
}

function add(path: string, name: string, found: Set<string>): void {
  found.add(name);
  collect(join(path, "node_modules"), found);
}

/** Where the declarations of Node's own modules are, for programs that use them. */
export const NODE_TYPES: object = { typeRoots: [join(root, "node_modules", "@types")], types: ["node"] };
