import type { Caller } from "./subject.js";

/** Makes so many calls, keeping `pending` of them under way, and checks every answer. Resolves with the seconds it took. */
export async function load(caller: Caller, calls: number, pending: number): Promise<number> {
  const started = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < calls) {
      const value = next++;
      const answer = await caller.addOne(value);
      if (answer !== value + 1) throw new Error(`addOne(${value}) answered ${answer}`);
    }
  };
  await Promise.all(Array.from({ length: pending }, worker));
  return (performance.now() - started) / 1_000;
}
