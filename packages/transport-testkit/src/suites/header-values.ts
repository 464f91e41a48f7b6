/** A form of a header value in which two that mean the same are deeply equal: no Buffers, no null prototypes. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (value instanceof Date) return { date: value.toISOString() };
  if (Array.isArray(value)) return { list: value.map(plain) };
  if (typeof value === "object" && value !== null) return { table: tableOf(value) };
  return value;
}

function tableOf(table: object): unknown[] {
  return Object.entries(table)
    .map(([name, value]) => [name, plain(value)])
    .sort(([a], [b]) => String(a).localeCompare(String(b)));
}
