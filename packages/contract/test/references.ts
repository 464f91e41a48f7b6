/** Every reference of a document to itself, with what it leads to: undefined where that is nothing. */
export function references(document: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (name === "$ref" && typeof member === "string") found.set(member, lookUp(document, member));
      else visit(member);
    }
  };
  visit(document);
  return found;
}

/** What a reference within a document leads to (RFC 6901). */
export function lookUp(document: unknown, reference: string): unknown {
  const path = reference.split("/").slice(1).map(decodeURIComponent);
  const names = path.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return names.reduce<unknown>(
    (value, name) => (value as Readonly<Record<string, unknown>> | undefined)?.[name],
    document,
  );
}
