/** One way to make the benchmark's call: `addOne`, JSON in, JSON out. Both ends are made in processes of their own. */
export interface Subject {
  readonly name: string;
  /** Serves until the process is ended. Resolves when it listens. */
  serve(url: string, service: string): Promise<void>;
  /** A connected caller. */
  call(url: string, service: string): Promise<Caller>;
}

export interface Caller {
  /** Calls `addOne` and resolves with its answer. */
  addOne(value: number): Promise<number>;
  close(): Promise<void>;
}

/** How many calls a server takes at a time, in every subject. */
export const PREFETCH = 1_000;
