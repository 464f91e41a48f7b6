import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, type Tarballs } from "./tarballs.js";

/** A folder of `templates/`, copied as a user would, with our packages installed into it by npm. */
export class Template {
  readonly folder: string;

  constructor(name: string, tarballs: Tarballs) {
    this.folder = mkdtempSync(join(tmpdir(), "porthos-template-"));
    const source = join(root, "templates", name);
    cpSync(source, this.folder, {
      recursive: true,
      filter: (path) => !/node_modules|dist/.test(path.slice(source.length)),
    });
    const path = join(this.folder, "package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { devDependencies: Record<string, string> };
    // They are in no registry yet, so npm is told where each of them is.
    const files = Object.fromEntries(
      Object.entries(tarballs.files).map(([each, file]) => [each, `file:${file}`]),
    );
    for (const each of Object.keys(manifest.devDependencies)) {
      const file = files[each];
      if (file !== undefined) manifest.devDependencies[each] = file;
    }
    writeFileSync(path, JSON.stringify({ ...manifest, overrides: files }));
    this.npm("install", "--no-audit", "--no-fund", "--prefer-offline");
  }

  /** @returns what it printed. @throws {Error} with that, if it fails. */
  npm(...args: readonly string[]): string {
    return execFileSync("npm", args, {
      cwd: this.folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}
