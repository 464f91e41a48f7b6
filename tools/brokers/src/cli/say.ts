/** For people: what a command prints to standard output is for a shell's `eval`. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
