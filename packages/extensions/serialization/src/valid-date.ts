/** @throws {RangeError} for a time that no Date can say: a handler would be the next to stumble over it. */
export function validDate(ms: unknown): Date {
  const date = new Date(typeof ms === "number" ? ms : Number.NaN);
  if (Number.isNaN(date.getTime())) throw new RangeError("it has a time that is none");
  return date;
}
