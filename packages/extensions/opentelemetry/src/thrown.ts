import type { Exception } from "@opentelemetry/api";

const MAX_NAME = 100;

/** What may be recorded of what somebody threw: what kind of error it is, and if that is wanted its message and stack. Never throws. */
export function exceptionOf(thrown: unknown, messages: boolean): Exception & { readonly name: string } {
  // A Proxy among what is thrown may throw at any look.
  try {
    if (!(thrown instanceof Error))
      return messages ? named(typeof thrown, String(thrown)) : named(typeof thrown);
    const { name, message, stack } = thrown;
    const kind = typeof name === "string" && name !== "" ? name.slice(0, MAX_NAME) : "Error";
    return messages ? named(kind, message, stack) : named(kind);
  } catch {
    return named("unknown");
  }
}

function named(name: string, message?: string, stack?: string): Exception & { readonly name: string } {
  return {
    name,
    ...(message === undefined ? {} : { message }),
    ...(stack === undefined ? {} : { stack }),
  };
}
