/** Reads a stranger's value as what it should be. @throws {Misfit} */
export type Read<T> = (value: unknown) => T;

/** A value is not what it should be. */
class Misfit extends Error {}

function misfit(): never {
  throw new Misfit();
}

export const text: Read<string> = (value) => (typeof value === "string" ? value : misfit());

/** A finite number of 0 or more. */
export const amount: Read<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : misfit();

export const anything: Read<unknown> = (value) => value;

export function exactly<T extends string | boolean>(expected: T): Read<T> {
  return (value) => (value === expected ? expected : misfit());
}

export function listOf<T>(read: Read<T>): Read<readonly T[]> {
  return (value) => (Array.isArray(value) ? value.map((item) => read(item)) : misfit());
}

/** A table of any names. */
export function tableOf<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value) =>
    Object.fromEntries(Object.entries(object(value)).map(([name, member]) => [name, read(member)]));
}

type Optional<T> = {
  readonly [K in keyof T as undefined extends T[K] ? K : never]-?: Read<Exclude<T[K], undefined>>;
};
type Required<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: Read<T[K]> };

/** An object of those members; others are left out, since later versions may have them. */
export function members<T extends object>(required: Required<T>, optional: Optional<T>): Read<T> {
  const reads = Object.entries<Read<unknown>>(required as Record<string, Read<unknown>>);
  const may = Object.entries<Read<unknown>>(optional as Record<string, Read<unknown>>);
  return (value) => {
    const from = object(value);
    const found = may.filter(([name]) => from[name] !== undefined);
    return Object.fromEntries([...reads, ...found].map(([name, read]) => [name, read(from[name])])) as T;
  };
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return misfit();
  return value as Readonly<Record<string, unknown>>;
}
