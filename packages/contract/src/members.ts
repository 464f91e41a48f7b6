import { wrong } from "@porthos-rpc/protocol";

/*
 * Names that JavaScript itself looks up: an object with a `then` is awaited, one with `toJSON` is called by JSON, and
 * so on. On a client's `methods`, where every name is a remote call, that would be a call that nobody made.
 */
const CALLED_BY_JAVASCRIPT: readonly string[] = ["then", "toJSON", "toString", "valueOf"];

/**
 * The members of an object that a user wrote, by name.
 * @throws {TypeError} for what is no plain object, and for a name that cannot be a member's.
 */
export function membersOf<T>(where: string, name: string, value: unknown): readonly (readonly [string, T])[] {
  if (!isPlain(value)) throw wrong(where, name, "a plain object", value);
  // Those that a module's namespace has are not enumerable.
  if (
    Object.getOwnPropertySymbols(value).some((symbol) =>
      Object.prototype.propertyIsEnumerable.call(value, symbol),
    )
  ) {
    throw new TypeError(`${where}: the names of ${name} must be texts`);
  }
  return Object.entries(value).map(([key, member]) => {
    checkMemberName(where, name, key);
    return [key, member as T] as const;
  });
}

/** `{ __proto__: value }` sets the prototype and makes no member: it must not be lost in silence. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function checkMemberName(where: string, name: string, key: string): void {
  if (key === "__proto__") throw new TypeError(`${where}: ${name} cannot have a member called __proto__`);
  if (CALLED_BY_JAVASCRIPT.includes(key)) {
    throw new TypeError(
      `${where}: ${name} cannot have a member called ${key}: JavaScript looks for it on every object, and would call it`,
    );
  }
}
