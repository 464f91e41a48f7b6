/** What all random choices of a run come from: PORTHOS_FUZZ_SEED, or a new one. */
export function seedOfRun(): number {
  const given = process.env["PORTHOS_FUZZ_SEED"];
  if (given === undefined || given === "") return Math.floor(Math.random() * 2 ** 31);
  const seed = Number(given);
  if (!Number.isSafeInteger(seed))
    throw new TypeError(`PORTHOS_FUZZ_SEED must be a whole number, got ${given}`);
  return seed;
}

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
