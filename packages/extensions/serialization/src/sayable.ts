/** What a form can say beside what JSON can. */
export interface Sayable {
  /** Whether there is a form for it. */
  bigint(value: bigint): boolean;
  readonly maps: boolean;
}

/**
 * What of a value has no form, in words; undefined if all has. A member that is undefined is left out, as in JSON.
 * @param depth how many values may stand one within the other
 */
export function unsayable(value: unknown, form: Sayable, depth: number): string | undefined {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return undefined;
    case "bigint":
      return form.bigint(value) ? undefined : "a bigint is too large";
    case "object":
      return value === null ? undefined : unsayableObject(value, form, depth);
    default:
      return `there is no form for ${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`;
  }
}

function unsayableObject(value: object, form: Sayable, depth: number): string | undefined {
  if (value instanceof Uint8Array) return undefined;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "a Date is no time" : undefined;
  // A circle ends here, too.
  if (depth === 0) return "it is too deep";
  if (Array.isArray(value)) return firstOf(value, form, depth - 1);
  if (value instanceof Map && form.maps) return firstOf([...value].flat(), form, depth - 1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return "there is no form for an object that is neither plain nor an array, bytes or a Date";
  }
  const members = Object.values(value).filter((member) => member !== undefined);
  return firstOf(members, form, depth - 1);
}

function firstOf(values: readonly unknown[], form: Sayable, depth: number): string | undefined {
  // By index: a hole is as undefined as any other.
  for (let index = 0; index < values.length; index++) {
    const fault = unsayable(values[index], form, depth);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
