import type { Transport } from "@porthos-rpc/protocol";
import { type Bends, BentTransport } from "./bent-transport.js";

/** A broken transport: a good one with one promise broken, and the cases that are there to notice. */
export interface Mutant {
  readonly name: string;
  /** What it does wrong, as a sentence. */
  readonly breaks: string;
  /** Ids of cases, each of which must notice. */
  readonly caughtBy: readonly string[];
  /** What is bent in one transport; called for each, so that it may keep state. */
  bend(good: Transport): Bends;
}

export function mutate({ bend }: Mutant, good: Transport): Transport {
  return new BentTransport(good, bend(good));
}
