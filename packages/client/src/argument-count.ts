/** Options in the wrong place would be options that are not there. @param most what the method takes @throws {TypeError} */
export function checkArgumentCount(where: string, args: readonly unknown[], most: number): void {
  if (args.length <= most) return;
  const what =
    most === 1 ? "it has no input: its options are its first argument" : "its options are the last";
  throw new TypeError(
    `${where}: expected ${most} argument${most === 1 ? "" : "s"} at most, got ${args.length}; ${what}`,
  );
}
