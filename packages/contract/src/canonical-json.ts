/** One text for all values that are equal: the names of objects are in order, and nothing is between the parts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(",")}}`;
  }
  // JSON has no word for the others; a bigint is a number all the same.
  if (typeof value === "bigint") return String(value);
  return JSON.stringify(value) ?? "null";
}
