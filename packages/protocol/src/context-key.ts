/** Under this what a handler gets (`request`, `context`) holds the call that it is about. */
export const CALL: unique symbol = Symbol.for("porthos.call") as never;

/** What an extension, or the library itself, hands on with a call: under a name of its own, typed, and unseen by whoever lacks the key. */
export interface ContextKey<T> {
  /** What the handlers of a contract find it by in their context, and people in errors. */
  readonly name: string;
  /** The value that travels with a call: given the call itself, or what a handler got of it. Undefined where nobody has set any. */
  of(carrier: object): T | undefined;
  /** Sets it for this call: for whatever extensions have derived from it (`{ ...call }`), and for the events that tell of it, as well. */
  set(call: object, value: T): void;
}

/** All keys by which an extension hands values to handlers. */
export type ContextKeys<Adds extends object> = { readonly [Name in keyof Adds]-?: ContextKey<Adds[Name]> };

/** Under this a call carries what is set for it, in one object: calls that extensions derive by spreading carry the same. */
const VALUES: unique symbol = Symbol.for("porthos.values") as never;

interface Carrier {
  [VALUES]?: Record<symbol, unknown>;
  readonly [CALL]?: Carrier;
}

/** Makes a key. Two of the same name are two keys. @param name for handlers and people: an identifier */
export function contextKey<T>(name: string): ContextKey<T> {
  const symbol = Symbol(name);
  return {
    name,
    of: (carrier) => ((carrier as Carrier)[CALL] ?? (carrier as Carrier))[VALUES]?.[symbol] as T | undefined,
    set: (call, value) => {
      valuesOf(call)[symbol] = value;
    },
  };
}

/** Makes `derived` carry what `call` does, now and later. To be called before anybody sets anything on `derived`. */
export function shareContext(call: object, derived: object): void {
  (derived as Carrier)[VALUES] = valuesOf(call);
}

function valuesOf(call: object): Record<symbol, unknown> {
  const carrier = call as Carrier;
  carrier[VALUES] ??= {};
  return carrier[VALUES];
}
