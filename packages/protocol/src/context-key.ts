/** Under this what a handler gets (`request`, `context`) holds the call that it is about. */
export const CALL: unique symbol = Symbol.for("porthos.call") as never;

/** What an extension, or the library itself, hands on with a call: under a name of its own, typed, and unseen by whoever lacks the key. */
export interface ContextKey<T> {
  /** What the handlers of a contract find it by in their context, and people in errors. */
  readonly name: string;
  /** The value that travels with a call: given the call itself, or what a handler got of it. Undefined where nobody has set any. */
  of(carrier: object): T | undefined;
  /** Sets it for this call, and for all that are derived from it (`{ ...call }`) later. */
  set(call: object, value: T): void;
}

/** All keys by which an extension hands values to handlers. */
export type ContextKeys<Adds extends object> = { readonly [Name in keyof Adds]-?: ContextKey<Adds[Name]> };

/** Makes a key. Two of the same name are two keys. @param name for handlers and people: an identifier */
export function contextKey<T>(name: string): ContextKey<T> {
  // An own property of the call, so that calls that extensions derive by spreading have it as well.
  const symbol = Symbol(name);
  type Carrier = { [symbol]?: T; readonly [CALL]?: Carrier };
  return {
    name,
    of: (carrier) => ((carrier as Carrier)[CALL] ?? (carrier as Carrier))[symbol],
    set: (call, value) => {
      (call as Carrier)[symbol] = value;
    },
  };
}
