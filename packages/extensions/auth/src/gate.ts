import {
  type Clock,
  type MaybePromise,
  Refusal,
  type ResponseEnvelope,
  type ServerCall,
} from "@porthos-rpc/protocol";
import { type Caller, caller, callerOf } from "./caller.js";
import type { CheckedAuthOptions } from "./options.js";
import type { PolicyRule } from "./policy.js";
import { tokenOf } from "./token-header.js";
import type { VerifiedTokens } from "./verified-tokens.js";
import { invalidToken, type Verifier } from "./verifier.js";

type Next = (call: ServerCall) => MaybePromise<ResponseEnvelope>;

/** Lets calls in, or refuses them. */
export class Gate {
  readonly #settings: CheckedAuthOptions;
  readonly #verifier: Verifier;
  readonly #verified: VerifiedTokens;
  readonly #clock: Clock;
  /** Under way, by generation and key: many calls may come with the same new token at a time. */
  readonly #verifying = new Map<string, Promise<Caller>>();

  constructor(settings: CheckedAuthOptions, verifier: Verifier, verified: VerifiedTokens, clock: Clock) {
    this.#settings = settings;
    this.#verifier = verifier;
    this.#verified = verified;
    this.#clock = clock;
  }

  /** @throws {Refusal} */
  run(call: ServerCall, next: Next): MaybePromise<ResponseEnvelope> {
    const token = tokenOf(call.request.headers);
    const rules = this.#settings.policy.of(call.method);
    if (token === undefined) {
      if (this.#settings.required || rules.length > 0) throw tokenMissing();
      return next(call);
    }
    if (token === "") throw invalidToken();
    const key = this.#verified.keyOf(token);
    const known = this.#verified.get(key, this.#clock.epochMs());
    if (known !== undefined) return admit(known, rules, call, next);
    return this.#verify(key, token).then((who) => admit(who, rules, call, next));
  }

  #verify(key: string, token: string): Promise<Caller> {
    const { generation } = this.#verified;
    const flight = `${generation} ${key}`;
    let verifying = this.#verifying.get(flight);
    if (verifying === undefined) {
      verifying = this.#verifyAnew(key, token, generation).finally(() => this.#verifying.delete(flight));
      this.#verifying.set(flight, verifying);
    }
    return verifying;
  }

  async #verifyAnew(key: string, token: string, generation: number): Promise<Caller> {
    const claims = await this.#verifier.verify(token, this.#clock.epochMs());
    const who = callerOf(claims);
    this.#verified.keep(key, who, claims.exp * 1_000 + this.#settings.clockToleranceMs, generation);
    return who;
  }
}

function admit(
  who: Caller,
  rules: readonly PolicyRule[],
  call: ServerCall,
  next: Next,
): MaybePromise<ResponseEnvelope> {
  caller.set(call, who);
  for (const [index, rule] of rules.entries()) {
    const allowed = isAllowed(rule, who, call);
    if (allowed instanceof Promise) return admitLater(allowed, who, rules.slice(index + 1), call, next);
    if (!allowed) throw notAllowed(rule, call);
  }
  return next(call);
}

async function admitLater(
  allowed: Promise<boolean>,
  who: Caller,
  rest: readonly PolicyRule[],
  call: ServerCall,
  next: Next,
): Promise<ResponseEnvelope> {
  if ((await allowed) !== true) throw notAllowed(undefined, call);
  return admit(who, rest, call, next);
}

function isAllowed(rule: PolicyRule, who: Caller, call: ServerCall): MaybePromise<boolean> {
  if (typeof rule !== "function") return rule.every((scope) => who.scopes.includes(scope));
  const allowed = rule(who, call);
  return allowed instanceof Promise ? allowed : allowed === true;
}

function notAllowed(rule: PolicyRule | undefined, { method }: ServerCall): Refusal {
  const needs = Array.isArray(rule)
    ? `: it needs the ${rule.length === 1 ? "scope" : "scopes"} ${rule.map((scope) => `"${scope}"`).join(", ")}`
    : "";
  return new Refusal(403, `this caller may not call "${method}"${needs}`);
}

function tokenMissing(): Refusal {
  return new Refusal(401, 'a token is needed: send it in the header "authorization", as "Bearer <token>"');
}
