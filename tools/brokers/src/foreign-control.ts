import type { BrokerInfo } from "./broker.js";
import { cut } from "./cut/cut.js";
import type { Keeper } from "./recipe.js";

async function refuse(): Promise<never> {
  throw new Error("This broker was given by URL: it is not ours to start or stop");
}

/** What can be done to a broker of which only the URLs are known. */
export function foreignControl({ family, urls }: BrokerInfo): Keeper {
  return {
    start: refuse,
    stop: refuse,
    kill: refuse,
    ctl: refuse,
    cut: () => cut(family, urls, { ctl: refuse }),
    remove: async () => {},
    release: () => {},
  };
}
