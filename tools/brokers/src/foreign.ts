import type { BrokerInfo } from "./broker.js";
import type { BrokerDescriptor } from "./descriptor.js";
import { foreignControl } from "./foreign-control.js";
import { probe } from "./probe/probe.js";
import type { Outcome, Recipe, Way } from "./recipe.js";
import { standingOf } from "./standing.js";
import { testVariable, urlsFromEnvironment } from "./test-variable.js";

/** A broker that is there already, by the URLs in the environment. It must answer: a wrong URL is no reason to look on. */
export function foreign({ name, family, protocols }: Omit<Recipe, "ways">): Way {
  const urls = urlsFromEnvironment(name);
  const variables = protocols.map((protocol) => testVariable(name, protocol));
  const origin = variables.filter((variable) => process.env[variable]).join(", ");
  const start = async (): Promise<Outcome> => {
    const info = { name, family, ...(await probe(urls)), urls, origin };
    return { descriptor: { info, hand: handOn(info) }, control: foreignControl(info) };
  };
  const obstacle = async (): Promise<string | undefined> =>
    Object.keys(urls).length === 0 ? `${variables.join(" and ")} not set` : undefined;
  return { origin, urls, obstacle, start };
}

/** Tests may stop and start what `pnpm brokers up` made, though they do not remove it. */
function handOn({ name, urls }: BrokerInfo): BrokerDescriptor["hand"] {
  const known = standingOf(name);
  const same = Object.values(known?.info.urls ?? {}).some((url) => Object.values(urls).includes(url));
  return known !== undefined && same ? known.hand : { kind: "foreign" };
}
