import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { home } from "../home/home.js";

/** The data folders of private brokers whose `name` option was this word. */
export function foldersOf(word: string): string[] {
  const parent = join(home(), "data");
  const entries = existsSync(parent) ? readdirSync(parent) : [];
  return entries.filter((entry) => entry.startsWith(`${word}-`)).map((entry) => join(parent, entry));
}

/** The processes of those brokers: their environment says where they live. Linux only; none elsewhere. */
export function processesOf(word: string): string[] {
  if (process.platform !== "linux") return [];
  const mark = `HOME=${join(home(), "data", word)}-`;
  return readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && environmentOf(entry).includes(mark));
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
