import type { ExtensionDescription, MethodSpec } from "@porthos-rpc/protocol";

/** What can be asked. */
export type AnswerKind = "ping" | "info" | "stats" | "spec";

/** What every answer says (docs/wire.md, "Discovery"). */
export interface InstanceAnswer {
  readonly service: string;
  /** A server's own name, random, for as long as it listens. */
  readonly instance: string;
  /** What its `discovery({ version })` was given. */
  readonly version?: string;
}

/** Who is there. */
export interface PingAnswer extends InstanceAnswer {
  readonly kind: "ping";
}

/** What an instance consists of. */
export interface InfoAnswer extends InstanceAnswer {
  readonly kind: "info";
  /** How long it has been there, in milliseconds. */
  readonly upMs: number;
  /** What it runs on, e.g. `node 22.21.1`; undefined if it does not know. */
  readonly runtime?: string;
  /** The names of its transports. */
  readonly transports: readonly string[];
  readonly methods: readonly string[];
  /** In the order in which they act. */
  readonly extensions: readonly ExtensionDescription[];
  /** What its `discovery({ metadata })` was given. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** How an instance does. */
export interface StatsAnswer extends InstanceAnswer {
  readonly kind: "stats";
  /** How long it has been counting, in milliseconds. */
  readonly sinceMs: number;
  /** Requests that named none of its methods, or could not be read. */
  readonly unknown: number;
  readonly methods: readonly MethodStatistics[];
}

/** What became of the requests for one method. */
export interface MethodStatistics {
  readonly method: string;
  /** That were answered, or finished. */
  readonly requests: number;
  /** Those among them whose status was outside 200 to 299, by its class. */
  readonly errors: Readonly<Record<ErrorClass, number>>;
  /** That run now. */
  readonly inFlight: number;
  /** Of those that ran, in milliseconds; the percentiles to 5%. Undefined before the first. */
  readonly durations?: { readonly meanMs: number; readonly p50Ms: number; readonly p99Ms: number };
}

/** `other`: neither 400 to 499 nor 500 to 599. */
export type ErrorClass = "4xx" | "5xx" | "other";

/** What an instance's methods say about themselves. */
export interface SpecAnswer extends InstanceAnswer {
  readonly kind: "spec";
  readonly methods: readonly { readonly method: string; readonly spec?: MethodSpec }[];
}

/** What is answered to each kind of question. */
export interface Answer {
  readonly ping: PingAnswer;
  readonly info: InfoAnswer;
  readonly stats: StatsAnswer;
  readonly spec: SpecAnswer;
}
