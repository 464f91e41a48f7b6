import type { Issue } from "./validate.js";

/** More are only counted. */
const MAX_ISSUES = 3;
const MAX_MESSAGE_LENGTH = 160;
const MAX_PATH_LENGTH = 80;

/**
 * Issues for an error's message: in one line, at most 3 of them, each with its path and the validator's message. Texts
 * that the validator quotes from the value are left out: they may be secrets.
 */
export function describeIssues(issues: readonly Issue[]): string {
  const told = issues.slice(0, MAX_ISSUES).map(describe).join("; ");
  const more = issues.length - MAX_ISSUES;
  return more > 0 ? `${told} (and ${more} more)` : told;
}

function describe(issue: Issue): string {
  const path = shorten(pathOf(issue), MAX_PATH_LENGTH);
  const message = shorten(messageOf(issue), MAX_MESSAGE_LENGTH);
  // Some libraries begin their messages with the path.
  return path === "" || message.startsWith(path) ? message : `${path}: ${message}`;
}

function pathOf(issue: Issue): string {
  let text = "";
  // Not map(): the path may be of a class of its own.
  for (const segment of issue.path ?? []) {
    const key = typeof segment === "object" && segment !== null ? segment.key : segment;
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
    if (text.length > MAX_PATH_LENGTH) break;
  }
  return text;
}

/** What valibot and arktype say of the value that they found, by the name of the property; their messages quote it. */
const FOUND = ["received", "actual"];

function messageOf(issue: Issue): string {
  let message = typeof issue.message === "string" ? issue.message : "";
  for (const name of FOUND) {
    const found = (issue as unknown as Readonly<Record<string, unknown>>)[name];
    // Only what has quotes is a text, or holds one; the rest are numbers and names of types.
    if (typeof found === "string" && found.includes('"')) message = message.replaceAll(found, "a value");
  }
  return message === "" ? "is not valid" : message;
}

/** In one line. */
function shorten(text: string, max: number): string {
  const line = text
    .slice(0, 4 * max)
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  return line.length > max ? `${line.slice(0, max - 1)}…` : line;
}
