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
 * Lets handlers find what an extension hands on, each value under its name.
 * @throws {TypeError} for a name that a context has already. @param where how errors name the host
 */
export function addToContext(where: string, context: ContextClass, adds: object): void {
  const prototype = context.prototype as object;
  for (const [name, key] of Object.entries(adds as Readonly<Record<string, ContextKey<unknown>>>)) {
    if (name in prototype || OWN_NAMES.includes(name)) {
      throw new TypeError(`${where}: an extension adds "${name}" to the context, which is there already`);
    }
    Object.defineProperty(prototype, name, {
      get(this: object): unknown {
        return key.of(this);
      },
    });
  }
}
