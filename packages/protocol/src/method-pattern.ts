/**
 * Whether a method fits a pattern: its exact name, or with one `*` at its beginning or end. Names have a case.
 * @returns undefined for what is no such pattern
 */
export function methodPattern(pattern: string): ((method: string) => boolean) | undefined {
  if (pattern === "") return undefined;
  const star = pattern.indexOf("*");
  if (star === -1) return (method) => method === pattern;
  if (star !== pattern.lastIndexOf("*")) return undefined;
  if (star === pattern.length - 1) return (method) => method.startsWith(pattern.slice(0, -1));
  return star === 0 ? (method) => method.endsWith(pattern.slice(1)) : undefined;
}
