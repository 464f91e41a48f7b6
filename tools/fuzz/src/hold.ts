import fc from "fast-check";
import { afterAll, test } from "vitest";
import { mutate } from "./mutate.js";
import { runInTime } from "./run-in-time.js";
import { randomFrom, seedOfRun } from "./seed.js";
import type { FuzzTarget } from "./target.js";

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
          runInTime(target, input);
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
