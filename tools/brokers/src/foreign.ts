import { reopen } from "./descriptor.js";
import { probe } from "./probe.js";
import type { Way } from "./recipe.js";

/** A broker that is there already, by the URL in an environment variable. It must answer: a wrong URL is no reason to look on. */
export function foreign(name: string, variable: string): Way {
  return async () => {
    const url = process.env[variable];
    if (url === undefined || url === "") return { reason: `${variable} is not set` };
    const info = { name, ...(await probe(url)), urls: { amqp091: url }, origin: variable };
    const descriptor = { info, hand: { kind: "foreign" } } as const;
    return { descriptor, control: reopen(descriptor) };
  };
}
