/** The title of a test, which says all that the matrix needs. */
export function titleOf(number: number, carrier: string, promise: string): string {
  return `fault ${number} · ${carrier} · ${promise}`;
}

/** What a title says; undefined for tests that are not of the matrix. */
export function readTitle(
  title: string,
): { readonly number: number; readonly carrier: string; readonly promise: string } | undefined {
  const [, number, carrier, promise] = /^fault (\d+) · (.+?) · (.+)$/.exec(title) ?? [];
  if (carrier === undefined || promise === undefined) return undefined;
  return { number: Number(number), carrier, promise };
}
