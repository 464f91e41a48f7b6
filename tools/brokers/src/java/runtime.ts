import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findProgram, installPackages, isThrowAway } from "../home/programs.js";

/** What both of our brokers in Java say that they need. */
const JAVA_AT_LEAST = 17;

const majors = new Map<string, number>();

/** The Java of JAVA_HOME or of the path, if it is new enough. */
function findJava(): string | undefined {
  const { JAVA_HOME } = process.env;
  const candidates = [
    JAVA_HOME === undefined ? undefined : join(JAVA_HOME, "bin", "java"),
    findProgram("java"),
  ];
  return candidates.find((java) => java !== undefined && majorOf(java) >= JAVA_AT_LEAST);
}

export function javaObstacle(): string | undefined {
  return findJava() === undefined && !isThrowAway() ? `no Java ${JAVA_AT_LEAST} or later` : undefined;
}

/** @throws {Error} when there is none, and none may be installed */
export async function java(): Promise<string> {
  if (findJava() === undefined && isThrowAway()) await installPackages("default-jre-headless");
  const found = findJava();
  if (found === undefined) throw new Error(`There is no Java ${JAVA_AT_LEAST} or later here`);
  return found;
}

/** Asking takes a third of a second. */
function majorOf(program: string): number {
  const known = majors.get(program);
  if (known !== undefined) return known;
  const { stderr } = spawnSync(program, ["-XX:-UsePerfData", "-version"], { encoding: "utf8" });
  const major = Number(/version "(\d+)/.exec(stderr ?? "")?.[1] ?? 0);
  majors.set(program, major);
  return major;
}
