import type { TransportFeature } from "@porthos-rpc/protocol";
import type { Bench } from "./bench/bench.js";
import type { BrokerVerb, FixtureLimits } from "./fixture.js";

/** One promise of the Transport interface, as data, so that a suite, a mutant's judge and a report can read it. */
export interface TransportCase {
  /** Stable over releases: `suite/slug`. What `knownFailures` names. */
  readonly id: string;
  /** The promise, as a sentence. */
  readonly title: string;
  /** What it takes for the promise to apply. Nothing = every transport. */
  readonly needs?: Needs;
  /** Rejects when the promise is broken. */
  run(bench: Bench): Promise<void>;
}

export interface Needs {
  /** Features that the transport must declare. */
  readonly features?: readonly TransportFeature[];
  /** Features that it must not declare: promises of those that can do less. */
  readonly lacks?: readonly TransportFeature[];
  readonly broker?: readonly BrokerVerb[];
  readonly limits?: readonly (keyof FixtureLimits)[];
}

/** The cases of one theme. */
export interface Suite {
  readonly name: string;
  readonly cases: readonly TransportCase[];
}

/** A suite whose cases are written with the slug as their id. */
export function suite(name: string, cases: readonly TransportCase[]): Suite {
  return { name, cases: cases.map((each) => ({ ...each, id: `${name}/${each.id}` })) };
}
