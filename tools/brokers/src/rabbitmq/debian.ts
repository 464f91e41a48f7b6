import { readdirSync } from "node:fs";
import { join } from "node:path";
import { installOnce, isInstalled } from "../home/install-once.js";
import { findProgram, installPackages, programsObstacle } from "../home/programs.js";
import { recipeFile } from "../home/recipe-file.js";
import { run } from "../home/run.js";
import { type Installation, isOfLine, readInstallation } from "./installation.js";

/** Where each line of releases is to be had: no suite of Debian but the last changes its line. */
const SUITES = { "3.10": "bookworm", "4.0": "trixie", "4.3": "sid" } as const;

export type RabbitLine = keyof typeof SUITES;

const TOOLS = ["mmdebstrap", "patchelf"];

/** Why a suite of Debian cannot be used here. */
export function debianObstacle(line: RabbitLine): string | undefined {
  if (isInstalled(nameOf(line))) return undefined;
  if (process.platform !== "linux" || findProgram("apt-get") === undefined) return "apt-get is not here";
  return programsObstacle(TOOLS);
}

/** RabbitMQ and its Erlang, unpacked from a suite of Debian. @throws {NotToBeHad} */
export async function fromDebian(line: RabbitLine): Promise<Installation> {
  const suite = SUITES[line];
  const folder = await installOnce(nameOf(line), async (partial, final) => {
    if (TOOLS.some((tool) => findProgram(tool) === undefined)) await installPackages(...TOOLS);
    await run("sh", [recipeFile("rabbitmq/extract.sh"), suite, partial, final]);
    const { version } = installationIn(partial);
    if (!isOfLine(version, line)) throw new Error(`Debian's ${suite} now has RabbitMQ ${version}`);
  });
  return { ...installationIn(folder), erlang: join(folder, "erlang", "bin") };
}

function nameOf(line: RabbitLine): string {
  return `rabbitmq-${line}`;
}

function installationIn(folder: string): Installation {
  const parent = join(folder, "rabbitmq", "lib");
  const [server = "rabbitmq_server"] = readdirSync(parent);
  return readInstallation(join(parent, server, "sbin"));
}
