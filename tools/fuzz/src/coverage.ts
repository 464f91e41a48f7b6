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

/** A part of a script. */
export interface Stretch {
  readonly scriptId: string;
  readonly from: number;
  readonly to: number;
}

/** What has run: a byte for each character of a script, 1 or 0. */
type Ran = ReadonlyMap<string, Uint8Array>;

/** Tells which parts of some files have run, by V8's own precise coverage. */
export class Coverage {
  readonly #session = new Session();
  readonly #isMeant: (url: string) => boolean;
  readonly #seen = new Map<string, Uint8Array>();
  #characters = 0;

  /** @param isMeant which scripts count, by their URLs */
  constructor(isMeant: (url: string) => boolean) {
    this.#isMeant = isMeant;
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** How many characters of the scripts have run so far. */
  get characters(): number {
    return this.#characters;
  }

  /** What has run since the last look, and never before. */
  look(): Stretch[] {
    const fresh: Stretch[] = [];
    for (const [scriptId, ran] of this.#take()) {
      const seen = this.#seenOf(scriptId, ran.length);
      for (let at = 0; at < ran.length; at++) {
        if (ran[at] !== 1 || seen[at] === 1) continue;
        const from = at;
        while (at < ran.length && ran[at] === 1 && seen[at] !== 1) seen[at++] = 1;
        fresh.push({ scriptId, from, to: at });
        this.#characters += at - from;
      }
    }
    return fresh;
  }

  /** Which of these have run since the last look, be it in part. */
  among(stretches: readonly Stretch[]): Stretch[] {
    const ran = this.#take();
    return stretches.filter(
      ({ scriptId, from, to }) => ran.get(scriptId)?.subarray(from, to).includes(1) === true,
    );
  }

  close(): void {
    this.#post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }

  #seenOf(scriptId: string, length: number): Uint8Array {
    const known = this.#seen.get(scriptId);
    if (known !== undefined && known.length >= length) return known;
    const longer = new Uint8Array(length);
    if (known !== undefined) longer.set(known);
    this.#seen.set(scriptId, longer);
    return longer;
  }

  /** The counts begin anew with each look. */
  #take(): Ran {
    const { result } = this.#post("Profiler.takePreciseCoverage") as { readonly result: readonly Script[] };
    const ran = new Map<string, Uint8Array>();
    for (const { scriptId, url, functions } of result) {
      if (!this.#isMeant(url)) continue;
      const ranges = functions.flatMap((one) => one.ranges);
      const characters = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)));
      // What is within comes after what it is within.
      for (const { startOffset, endOffset, count } of ranges)
        characters.fill(count > 0 ? 1 : 0, startOffset, endOffset);
      ran.set(scriptId, characters);
    }
    return ran;
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
