import { type MaybePromise, MethodScope, type ServerCall, wrong } from "@porthos-rpc/protocol";
import type { Caller } from "./caller.js";

/** The scopes that a caller needs, all of them; or a function that says whether he may: nothing but `true` is yes. */
export type PolicyRule = readonly string[] | ((caller: Caller, call: ServerCall) => MaybePromise<boolean>);

/** By method: its name, or with one `*` at the beginning or end. All rules that fit a method have to allow the call. */
export type Policy = Readonly<Record<string, PolicyRule>>;

const EXPECTED =
  'rules by method, as in { "admin.*": ["admin"] }: the scopes that it needs, or a function (caller, call) => boolean';

interface CheckedRule {
  readonly pattern: string;
  readonly scope: MethodScope;
  readonly rule: PolicyRule;
}

/** What callers need for which methods. */
export class CheckedPolicy {
  readonly #rules: readonly CheckedRule[];
  /** Of registered methods only: nothing else gets here. */
  readonly #byMethod = new Map<string, readonly PolicyRule[]>();

  /** @throws {TypeError} for what is no policy, by name. */
  constructor(where: string, policy: unknown) {
    if (typeof policy !== "object" || policy === null || Array.isArray(policy))
      throw wrong(where, "policy", EXPECTED, policy);
    this.#rules = Object.entries(policy).map(([pattern, rule]) => {
      if (!isRule(rule)) throw wrong(where, `policy["${pattern}"]`, EXPECTED, rule);
      const scope = new MethodScope(where, where, [pattern]);
      return { pattern, scope, rule: typeof rule === "function" ? rule : [...rule] };
    });
  }

  of(method: string): readonly PolicyRule[] {
    let rules = this.#byMethod.get(method);
    if (rules === undefined) {
      rules = this.#rules.filter(({ scope }) => scope.has(method)).map(({ rule }) => rule);
      this.#byMethod.set(method, rules);
    }
    return rules;
  }

  /** The pattern that none of the methods fits, if there is one: a slip that would leave a method open. */
  without(methods: readonly string[]): string | undefined {
    return this.#rules.find(({ scope }) => scope.without(methods).length > 0)?.pattern;
  }

  describe(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      this.#rules.map(({ pattern, rule }) => [pattern, typeof rule === "function" ? "a function" : rule]),
    );
  }
}

function isRule(rule: unknown): rule is PolicyRule {
  if (typeof rule === "function") return true;
  return (
    Array.isArray(rule) && rule.length > 0 && rule.every((scope) => typeof scope === "string" && scope !== "")
  );
}
