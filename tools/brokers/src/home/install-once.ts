import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { home } from "./home.js";
import { NotToBeHad } from "./not-to-be-had.js";

/** Software whose download was broken off is as good as nobody's after so long. */
const ABANDONED_AFTER_MS = 3_600_000;

function softwareFolder(name: string): string {
  return join(home(), "software", name);
}

export function isInstalled(name: string): boolean {
  return existsSync(softwareFolder(name));
}

/**
 * The folder of a piece of software, made by `build` unless it is there. `build` fills another folder, which becomes
 * it in one step: what is there is complete, and of two who build at the same time the first one wins.
 * @throws {NotToBeHad} when `build` fails
 */
export async function installOnce(
  name: string,
  build: (folder: string, final: string) => Promise<void>,
): Promise<string> {
  const final = softwareFolder(name);
  if (existsSync(final)) return final;
  const parent = join(home(), "software");
  mkdirSync(parent, { recursive: true });
  removeAbandoned(parent);
  const folder = mkdtempSync(join(parent, `.${name}-`));
  try {
    await build(folder, final);
    // Other users of the machine may share it.
    chmodSync(folder, 0o755);
    if (!existsSync(final)) renameSync(folder, final);
  } catch (error) {
    if (!existsSync(final)) throw new NotToBeHad((error as Error).message, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return final;
}

function removeAbandoned(parent: string): void {
  for (const entry of readdirSync(parent).filter((name) => name.startsWith("."))) {
    const folder = join(parent, entry);
    if (Date.now() - statSync(folder).mtimeMs < ABANDONED_AFTER_MS) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}
