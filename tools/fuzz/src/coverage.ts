import { Session } from "node:inspector";

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Script {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/** Counts the blocks of some files that have run, by V8's own precise coverage. */
export class Coverage {
  readonly #session = new Session();
  readonly #isMeant: (url: string) => boolean;
  readonly #seen = new Set<string>();

  /** @param isMeant which scripts count, by their URLs */
  constructor(isMeant: (url: string) => boolean) {
    this.#isMeant = isMeant;
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many blocks have run so far. */
  get blocks(): number {
    return this.#seen.size;
  }

  /** The blocks that have run since the last look, and never before. */
  look(): ReadonlySet<string> {
    const fresh = new Set([...this.ran()].filter((block) => !this.#seen.has(block)));
    for (const block of fresh) this.#seen.add(block);
    return fresh;
  }

  /** The blocks that have run since the last look. */
  ran(): ReadonlySet<string> {
    const ran = new Set<string>();
    const { result } = this.#post("Profiler.takePreciseCoverage") as { readonly result: readonly Script[] };
    for (const { scriptId, url, functions } of result) {
      if (!this.#isMeant(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) ran.add(`${scriptId}:${startOffset}:${endOffset}`);
        }
      }
    }
    return ran;
  }

  close(): void {
    this.#post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  /** The inspector of the same process answers before it returns. */
  #post(method: string, params: object = {}): object {
    let answer: object | undefined;
    this.#session.post(method, params, (error, result) => {
      if (error !== null) throw error;
      answer = result ?? {};
    });
    if (answer === undefined) throw new Error(`${method} was not answered at once`);
    return answer;
  }
}
