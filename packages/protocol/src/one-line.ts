/**
 * A stranger's words, fit for an error's message: he must not write lines, or a terminal's commands, into logs, nor turn the direction in
 * which they are read.
 * @param maxLength of what comes out, in characters; more is cut off, and `…` says so
 */
export function inOneLine(words: string, maxLength: number): string {
  const line = words
    .slice(0, 4 * maxLength)
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}
