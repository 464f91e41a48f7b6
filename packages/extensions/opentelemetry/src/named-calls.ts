import { type Attributes, SpanKind } from "@opentelemetry/api";
import type { ClientCall } from "@porthos-rpc/protocol";
import {
  MESSAGING_DESTINATION,
  MESSAGING_OPERATION_NAME,
  MESSAGING_OPERATION_TYPE,
  MESSAGING_SYSTEM,
  OTHER,
  PORTHOS_KIND,
  RPC_METHOD,
  RPC_METHOD_ORIGINAL,
  RPC_SYSTEM_NAME,
  SYSTEM,
} from "./conventions.js";

/** A client without a contract may call any number of methods: of more than these each has a name of its own no longer. */
const MAX_METHODS = 1_000;

/** What all calls of one method and kind have in common. */
export interface NamedCall {
  /** The span's name. */
  readonly name: string;
  readonly kind: SpanKind;
  /** What the span begins with. */
  readonly attributes: Attributes;
}

/** What each call is called, made once for all calls of a method. */
export class NamedCalls {
  readonly #side: "client" | "server";
  readonly #service: string;
  /** Undefined: there are several. */
  readonly #carrier: string | undefined;
  readonly #known = { call: new Map<string, NamedCall>(), void: new Map(), stream: new Map() };

  /** @param carriers the names of the transports */
  constructor(side: "client" | "server", service: string, carriers: readonly string[]) {
    this.#side = side;
    this.#service = service;
    this.#carrier = carriers.length === 1 ? carriers[0] : undefined;
  }

  of({ kind, method }: { readonly kind: ClientCall["kind"]; readonly method: string }): NamedCall {
    const known = this.#known[kind];
    const before: NamedCall | undefined = known.get(method);
    if (before !== undefined) return before;
    const isOther = known.size >= MAX_METHODS;
    const named = this.#make(kind, method, isOther);
    if (!isOther) known.set(method, named);
    return named;
  }

  #make(kind: ClientCall["kind"], method: string, isOther: boolean): NamedCall {
    const full = `${this.#service}/${method}`;
    const name = isOther ? OTHER : full;
    return {
      // Names of spans are few, as those of methods are.
      name: isOther ? SYSTEM : full,
      kind: this.#kindOf(kind),
      attributes: {
        [RPC_SYSTEM_NAME]: SYSTEM,
        [RPC_METHOD]: name,
        ...(isOther ? { [RPC_METHOD_ORIGINAL]: full } : {}),
        [PORTHOS_KIND]: kind,
        ...(kind === "void" ? this.#messaging() : {}),
      },
    };
  }

  #kindOf(kind: ClientCall["kind"]): SpanKind {
    if (this.#side === "client") return kind === "void" ? SpanKind.PRODUCER : SpanKind.CLIENT;
    return kind === "void" ? SpanKind.CONSUMER : SpanKind.SERVER;
  }

  /** A one-way call is a message, and its service's queue where it goes. */
  #messaging(): Attributes {
    const operation = this.#side === "client" ? "send" : "process";
    return {
      ...(this.#carrier === undefined ? {} : { [MESSAGING_SYSTEM]: this.#carrier }),
      [MESSAGING_DESTINATION]: this.#service,
      [MESSAGING_OPERATION_NAME]: operation,
      [MESSAGING_OPERATION_TYPE]: operation,
    };
  }
}
