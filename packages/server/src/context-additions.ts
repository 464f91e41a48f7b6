import type { ContextKey, ServerCall } from "@porthos-rpc/protocol";
import { CallContext } from "./call-context.js";

/** The contexts of one server's handlers. */
export type ContextClass = new (call: ServerCall, nowMs: () => number) => CallContext;

/** What a method's own context has beside that of its server. */
const OWN_NAMES = ["errors", "upload"];

/** A class of contexts that extensions can add to. */
export function contextClass(): ContextClass {
  return class extends CallContext {};
}

/**
 * Refuses what an extension cannot add.
 * @throws {TypeError} for a name that a context has already. @param where how errors name the host
 */
export function checkAdds(where: string, context: ContextClass, adds: object): void {
  for (const name of Object.keys(adds)) {
    if (!(name in (context.prototype as object)) && !OWN_NAMES.includes(name)) continue;
    throw new TypeError(`${where}: an extension adds "${name}" to the context, which is there already`);
  }
}

/** Lets handlers find what an extension hands on, each value under its name. @param adds checked */
export function addToContext(context: ContextClass, adds: object): void {
  for (const [name, key] of Object.entries(adds as Readonly<Record<string, ContextKey<unknown>>>)) {
    Object.defineProperty(context.prototype as object, name, {
      get(this: object): unknown {
        return key.of(this);
      },
    });
  }
}
