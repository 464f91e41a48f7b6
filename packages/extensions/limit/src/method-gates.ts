import type { MethodScope } from "@porthos-rpc/protocol";
import { Gate } from "./gate.js";
import type { CheckedBounds } from "./options.js";

/** Of so many methods the gates are kept: a client may call any number. */
const MAX_KEPT = 1_000;
const NONE: readonly Gate[] = [];

/** A gate for each pattern: all methods that fit it share it. */
export class MethodGates {
  readonly #gates: readonly { readonly scope: MethodScope; readonly gate: Gate }[];
  readonly #byMethod = new Map<string, readonly Gate[]>();

  constructor(
    methods: readonly { readonly scope: MethodScope; readonly bounds: CheckedBounds }[],
    nowMs: number,
  ) {
    this.#gates = methods.map(({ scope, bounds }) => ({
      scope,
      gate: new Gate(whose(scope), bounds, nowMs),
    }));
  }

  of(method: string): readonly Gate[] {
    if (this.#gates.length === 0) return NONE;
    const known = this.#byMethod.get(method);
    if (known !== undefined) return known;
    const gates = this.#gates.filter(({ scope }) => scope.has(method)).map(({ gate }) => gate);
    if (this.#byMethod.size < MAX_KEPT) this.#byMethod.set(method, gates);
    return gates;
  }
}

function whose({ patterns: [pattern = ""] }: MethodScope): string {
  return pattern.includes("*") ? `of the methods "${pattern}"` : "of this method";
}
