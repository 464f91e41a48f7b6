import type { TransportFeatures } from "@porthos-rpc/protocol";
import { Bench } from "./bench/bench.js";
import { LeakWatch } from "./bench/leaks.js";
import { watchUncaught } from "./bench/uncaught.js";
import type { TransportFixture, Waits } from "./fixture.js";
import { whyNot } from "./needs.js";
import type { TransportCase } from "./transport-case.js";

/** What became of a case. */
export type CaseResult =
  | { readonly kind: "kept" }
  /** `fatal`: an error escaped, which would have ended the process of a user. */
  | { readonly kind: "broken"; readonly error: unknown; readonly fatal?: true }
  | { readonly kind: "not applicable"; readonly reason: string };

/**
 * Runs one case on a transport, tears down what it made, and looks for what was left behind. Never rejects.
 * Works without a test runner.
 * @param features what the transport declares once it is ready, from `probe`
 */
export async function runCase(
  each: TransportCase,
  fixture: TransportFixture,
  features: TransportFeatures,
  waits: Waits,
): Promise<CaseResult> {
  const reason = whyNot(each.needs, features, fixture);
  if (reason !== undefined) return { kind: "not applicable", reason };
  const uncaught = watchUncaught();
  const leaks = new LeakWatch();
  const errors: unknown[] = [];
  await leaks.run(async () => {
    const bench = new Bench(fixture, features, waits);
    await each.run(bench).catch((error: unknown) => void errors.push(error));
    await bench.tearDown().catch((error: unknown) => void errors.push(error));
  });
  const leak = await leaks.end(waits.waitMs);
  if (leak !== undefined) errors.push(new Error(`all transports are closed, but still held: ${leak}`));
  const escaped = uncaught.stop().map(asCasesFault);
  if (escaped.length > 0) return { kind: "broken", error: together([...errors, ...escaped]), fatal: true };
  return errors.length === 0 ? { kind: "kept" } : { kind: "broken", error: errors[0] };
}

function asCasesFault(cause: unknown): Error {
  return new Error(`an error escaped, which ends a process: ${String(cause)}`, { cause });
}

function together(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, errors.map(String).join("; and "));
}

/** The features of a transport that is ready. Fails when it does not get ready. */
export async function probe(fixture: TransportFixture, waits: Waits): Promise<TransportFeatures> {
  const bench = new Bench(fixture, {} as TransportFeatures, waits);
  try {
    const transport = await bench.up();
    return { ...transport.features };
  } finally {
    await bench.tearDown();
  }
}
