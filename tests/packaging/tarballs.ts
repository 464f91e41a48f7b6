import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** What a registry would serve: the folder of the tarballs, and each package's tarball by its name. */
export type Tarballs = { readonly folder: string; readonly files: Readonly<Record<string, string>> };

/** Builds and packs every published package. Built already, it takes two seconds. */
export function packAll(): Tarballs {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    packageManager: string;
  };
  const folder = mkdtempSync(join(tmpdir(), "porthos-tarballs-"));
  const pnpm = (...args: string[]): void => {
    execFileSync("npx", ["--yes", packageManager, ...args], {
      cwd: root,
      stdio: ["ignore", "ignore", "pipe"],
    });
  };
  pnpm("run", "build");
  pnpm("--recursive", "--filter", "./packages/**", "pack", "--pack-destination", folder);
  const files = readdirSync(folder).map((file) => {
    const name = file.replace(/^porthos-rpc-/, "@porthos-rpc/").replace(/-\d+\.\d+\.\d+.*\.tgz$/, "");
    return [name, join(folder, file)] as const;
  });
  return { folder, files: Object.fromEntries(files) };
}
