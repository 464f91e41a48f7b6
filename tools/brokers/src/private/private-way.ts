import type { Family } from "../broker.js";
import { NotToBeHad } from "../home/not-to-be-had.js";
import type { Outcome, Way } from "../recipe.js";
import type { PrivateBroker } from "./private-broker.js";

export type PrivateWay = {
  readonly name: string;
  readonly family: Family;
  readonly origin: string;
  obstacle(): string | undefined;
  /** @throws {NotToBeHad} when its software cannot be had after all */
  create(): Promise<PrivateBroker>;
};

/** A broker of processes and a folder of its own. */
export function privateWay({ name, family, origin, obstacle, create }: PrivateWay): Way {
  const start = async (): Promise<Outcome> => {
    let broker: PrivateBroker;
    try {
      broker = await create();
    } catch (error) {
      if (error instanceof NotToBeHad) return { reason: error.message };
      throw error;
    }
    const answer = await broker.firstStart();
    const info = { name, family, ...answer, urls: broker.spec.urls, origin };
    return { descriptor: { info, hand: { kind: "private", folder: broker.folder } }, control: broker };
  };
  return { origin, obstacle: async () => obstacle(), start };
}
