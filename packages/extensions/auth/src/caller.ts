import { type ContextKey, contextKey } from "@porthos-rpc/protocol";

/** Who makes a call, as his verified token says. Frozen, since all calls with that token share it. */
export interface Caller {
  /** The claim `sub`; undefined if there is none. */
  readonly subject: string | undefined;
  /** From the claim `scope`, words with spaces between them, or `scp`, such words or a list. */
  readonly scopes: readonly string[];
  /** All that the token says. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Handlers of a contract find him as `context.caller`; others ask `caller.of(request)`. */
export const caller: ContextKey<Caller> = /* @__PURE__ */ contextKey<Caller>("caller");

/** @param claims of a token that was verified; frozen with it */
export function callerOf(claims: Record<string, unknown>): Caller {
  const { sub, scope, scp } = claims;
  return frozen({
    subject: typeof sub === "string" ? sub : undefined,
    scopes: wordsOf(scope ?? scp),
    claims,
  });
}

function wordsOf(scope: unknown): string[] {
  if (typeof scope === "string") return scope.split(" ").filter((word) => word !== "");
  return Array.isArray(scope) ? scope.filter((word) => typeof word === "string") : [];
}

/** As deep as the value goes: what came as JSON has an end. */
function frozen<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) frozen(member);
  }
  return Object.freeze(value);
}
