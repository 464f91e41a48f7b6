/** What the program `caller` is told: its first argument, in JSON. */
export interface CallerOptions {
  /** How many calls to make in all. @default as many as come before its standard input ends */
  readonly calls?: number;
  /** How many at a time. */
  readonly inFlight: number;
  /** Of each call. */
  readonly timeoutMs: number;
  /** Whether to ask the server, a `recording-server`, at the end which calls it ran. @default false */
  readonly audit?: boolean;
}

/** What it prints now and then. */
export interface CallerProgress {
  /** Calls that have ended, in whatever way. */
  readonly ended: number;
  readonly answered: number;
}

/** What it prints at its end. */
export interface CallerSummary {
  ended: number;
  /** With their own answer. */
  answered: number;
  /** Answers that belong to no such call. */
  wrong: string[];
  /** How many calls ended with each kind of `RpcError`. */
  errors: Record<string, number>;
  /** Errors that are no `RpcError`. */
  untyped: string[];
  /** Calls that failed as not executed, and yet were. */
  lies: number[];
  /** How much later than its deadline the latest call ended; less than 0: none was late. */
  latestMs: number;
  tookMs: number;
}
