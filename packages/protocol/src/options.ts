import { kindOf } from "./kind-of.js";

/*
 * Checks of what users pass in. A wrong option fails at once, with a TypeError that names it, says what was expected
 * and what was found. Values are shown only if they are numbers or booleans: a text may be a secret.
 */

/** Refuses options that do not exist (a typing slip would otherwise be a silent default). */
export function checkKnown(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${where}: expected an object of options, got ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`${where}: unknown option "${name}"; the options are ${known.join(", ")}`);
    }
  }
}

/** A whole number in bounds; `fallback` where it is undefined. */
export function checkInteger(
  where: string,
  name: string,
  value: unknown,
  bounds: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  if (value === undefined) return bounds.fallback;
  if (!Number.isInteger(value) || (value as number) < bounds.min || (value as number) > bounds.max) {
    throw wrong(where, name, `a whole number from ${bounds.min} to ${bounds.max}`, value);
  }
  return value as number;
}

/** The longest time that timers and peers' wires can hold: 2^31 - 1 ms, 24.8 days. */
export const MAX_DURATION_MS = 2_147_483_647;

/** A time in milliseconds, more than 0. */
export function checkDuration(where: string, name: string, value: unknown, fallback?: number): number {
  const ms = value === undefined ? fallback : value;
  if (typeof ms !== "number" || !(ms > 0) || ms > MAX_DURATION_MS) {
    throw wrong(where, name, `a time in milliseconds, more than 0 and at most ${MAX_DURATION_MS}`, value);
  }
  return ms;
}

/** A text of 1 to `max` bytes in UTF-8. */
export function checkText(where: string, name: string, value: unknown, max: number): string {
  if (typeof value !== "string" || value === "") throw wrong(where, name, "a text that is not empty", value);
  const bytes = new TextEncoder().encode(value).length;
  if (bytes > max) throw wrong(where, name, `a text of at most ${max} bytes`, bytes);
  return value;
}

export function checkBoolean(where: string, name: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== "boolean") throw wrong(where, name, "true or false", value);
  return value;
}

export function checkOneOf<T extends string>(
  where: string,
  name: string,
  value: unknown,
  choices: readonly T[],
  fallback: T,
): T {
  if (value === undefined) return fallback;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrong(where, name, `one of ${choices.join(", ")}`, value);
  return found;
}

/** The error for an option that none of the checks above fits. */
export function wrong(where: string, name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${where}: option "${name}" must be ${expected}, got ${show(value)}`);
}

function show(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : kindOf(value);
}
