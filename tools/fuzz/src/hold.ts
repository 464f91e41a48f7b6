import fc from "fast-check";
import { afterAll, test } from "vitest";
import { mutate } from "./mutate.js";
import { randomFrom, seedOfRun } from "./seed.js";
import type { FuzzTarget } from "./target.js";

/** A decoder that takes longer for an input of some kilobytes hangs, however busy the machine is. */
const MAX_MS = 1_000;

/**
 * Tests that targets keep their promises for so many inputs each: bytes at random, and neighbours of good ones. The seed of all is
 * printed, and can be given as PORTHOS_FUZZ_SEED.
 */
export function holdTargets(targets: readonly FuzzTarget[], inputsEach: number): void {
  const seed = seedOfRun();
  afterAll(() => {
    process.stdout.write(`fuzz: ${targets.length * inputsEach} inputs, PORTHOS_FUZZ_SEED=${seed}\n`);
  });
  test.each(targets.map((target) => [target.name, target] as const))(
    "%s keeps its promises for bytes of any kind",
    (_, target) => {
      fc.assert(
        fc.property(inputsFor(target), (input) => {
          const startedMs = performance.now();
          target.run(input);
          const tookMs = performance.now() - startedMs;
          if (tookMs > MAX_MS) throw new Error(`it took ${Math.round(tookMs)} ms`);
          if (Object.keys(Object.prototype).length > 0) throw new Error("Object.prototype has got members");
        }),
        { seed, numRuns: inputsEach, endOnFailure: true },
      );
    },
  );
}

function inputsFor({ seeds }: FuzzTarget): fc.Arbitrary<Uint8Array> {
  const random = fc.uint8Array({ maxLength: 200 });
  if (seeds.length === 0) return random;
  const one = fc.constantFrom(...seeds);
  const neighbour = fc
    .tuple(one, one, fc.nat())
    .map(([seed, other, choices]) => mutate(seed, other, randomFrom(choices)));
  return fc.oneof({ weight: 1, arbitrary: random }, { weight: 9, arbitrary: neighbour });
}
