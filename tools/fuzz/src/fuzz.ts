import { Coverage } from "./coverage.js";
import { mutate } from "./mutate.js";
import { runInTime } from "./run-in-time.js";
import { randomFrom } from "./seed.js";
import type { FuzzTarget } from "./target.js";

/** A look at the coverage costs as much as some hundred inputs; which of them was new is found out one by one. */
const BATCH = 200;

export interface FuzzOptions {
  readonly seed: number;
  readonly ms: number;
  /** Which files count as the decoder. */
  isMeant(url: string): boolean;
}

export interface Found {
  readonly input: Uint8Array;
  readonly error: unknown;
}

export interface FuzzResult {
  readonly inputs: number;
  /** Characters of the decoder's files that have run: with the seeds alone, and at the end. */
  readonly seedCharacters: number;
  readonly characters: number;
  /** Inputs that reached something new. */
  readonly kept: readonly Uint8Array[];
  readonly found: readonly Found[];
}

/** Feeds a decoder with neighbours of what it has been fed with, those first that reached new parts of it. */
export function fuzz(target: FuzzTarget, { seed, ms, isMeant }: FuzzOptions): FuzzResult {
  const random = randomFrom(seed);
  const coverage = new Coverage(isMeant);
  const kept: Uint8Array[] = [...target.seeds, new Uint8Array(0)];
  const found: Found[] = [];
  let inputs = 0;
  const run = (input: Uint8Array): void => {
    inputs++;
    const error = failureOf(target, input);
    if (error !== undefined) found.push({ input, error });
  };
  for (const input of kept) run(input);
  coverage.look();
  const seedCharacters = coverage.characters;
  const until = performance.now() + ms;
  const pick = (): Uint8Array => {
    // Half of the time one of the last that were new.
    const from = random() < 0.5 ? Math.max(0, kept.length - 20) : 0;
    return kept[from + Math.floor(random() * (kept.length - from))] as Uint8Array;
  };
  while (performance.now() < until && found.length < 10) {
    const batch = Array.from({ length: BATCH }, () => mutate(pick(), pick(), random));
    for (const input of batch) run(input);
    let missing = coverage.look();
    for (const input of batch) {
      if (missing.length === 0) break;
      run(input);
      const reached = coverage.among(missing);
      if (reached.length > 0) kept.push(input);
      missing = missing.filter((stretch) => !reached.includes(stretch));
    }
  }
  const { characters } = coverage;
  coverage.close();
  return { inputs, seedCharacters, characters, kept, found };
}

function failureOf(target: FuzzTarget, input: Uint8Array): unknown {
  try {
    runInTime(target, input);
    return undefined;
  } catch (error) {
    return error ?? new Error("nothing was thrown");
  }
}
