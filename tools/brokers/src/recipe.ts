import type { BrokerControl } from "./broker.js";
import type { BrokerDescriptor } from "./descriptor.js";

/** What came of one way to have a broker: the broker, or why it could not be had, in a few words. */
export type Outcome =
  | { readonly descriptor: BrokerDescriptor; readonly control: BrokerControl }
  | { readonly reason: string };

/** One way to have a broker, such as a URL that somebody gave or a program on this machine. */
export type Way = () => Promise<Outcome>;

/** A broker that the tests know by name, and the ways to have it, the cheapest first. */
export type Recipe = { readonly name: string; readonly ways: readonly Way[] };

/** Tries the ways in their order. @returns the first broker, or all reasons joined. */
export async function provide(recipe: Recipe): Promise<Outcome> {
  const reasons: string[] = [];
  for (const way of recipe.ways) {
    const outcome = await way();
    if ("descriptor" in outcome) return outcome;
    reasons.push(outcome.reason);
  }
  return { reason: reasons.join("; ") };
}
