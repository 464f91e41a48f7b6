import { installOnce, isInstalled } from "../home/install-once.js";
import { findProgram, installPackages, programsObstacle } from "../home/programs.js";
import { recipeFile } from "../home/recipe-file.js";
import { run } from "../home/run.js";
import { java, javaObstacle } from "./runtime.js";

/** An Apache project's archive in Maven's repository. */
export type Distribution = {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** Of the archive: Maven by itself does not insist on checksums. */
  readonly sha256: string;
  /** How many folders its archive puts around its content. */
  readonly levels: number;
};

/** Why it cannot be had, or not be run, here. */
export function distributionObstacle(distribution: Distribution): string | undefined {
  const obstacles = [
    javaObstacle(),
    isInstalled(nameOf(distribution)) ? undefined : programsObstacle(["mvn"]),
  ];
  return obstacles.find((obstacle) => obstacle !== undefined);
}

/** Its folder, downloaded unless it is there. @throws {NotToBeHad} */
export function fetchDistribution(distribution: Distribution): Promise<string> {
  return installOnce(nameOf(distribution), async (folder) => {
    await java();
    if (findProgram("mvn") === undefined) await installPackages("maven");
    await run("sh", [recipeFile("fetch-archive.sh"), ...fetchArguments(distribution), folder]);
  });
}

/** The first arguments of recipes/fetch-archive.sh. */
export function fetchArguments({ group, artifact, version, sha256, levels }: Distribution): string[] {
  return [`${group}:${artifact}:${version}`, sha256, String(levels)];
}

function nameOf({ artifact, version }: Distribution): string {
  return `${artifact}-${version}`;
}
