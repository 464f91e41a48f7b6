import type { BrokerControl, Family, Protocol, Urls } from "./broker.js";
import type { BrokerDescriptor } from "./descriptor.js";

/** The hand of who started a broker. */
export type Keeper = BrokerControl & {
  /** Lets it live on after this process; until then it ends with it, however this process ends. */
  release(): void;
};

/** What came of one way to have a broker: the broker, or why it could not be had, in a few words. */
export type Outcome =
  | { readonly descriptor: BrokerDescriptor; readonly control: Keeper }
  | { readonly reason: string };

/** One way to have a broker, such as a URL that somebody gave or a program on this machine. */
export type Way = {
  /** For people: `private node`, `container`. */
  readonly origin: string;
  /** Where the broker is, if somebody has said so; else it will be at loopback ports. */
  readonly urls?: Urls;
  /** Why it cannot be gone here, as far as that can be told at once. */
  obstacle(): Promise<string | undefined>;
  /**
   * Makes the broker and starts it. The first time it may download for a minute.
   * @throws {Error} when the broker is there but does not start, with the end of its log.
   */
  start(): Promise<Outcome>;
};

/** A broker that the tests know by name, and the ways to have it, the cheapest first. */
export type Recipe = {
  readonly name: string;
  readonly family: Family;
  readonly product: string;
  /** The line of releases, such as `4.3`. */
  readonly version: string;
  readonly protocols: readonly Protocol[];
  readonly ways: readonly Way[];
};

/** What all brokers can be asked to be. */
export type CommonOptions = {
  /** A word for the data folder's name, so that a leftover tells whose it was. */
  readonly name?: string | undefined;
  /** The port of the loopback interface that it takes. @default one that nobody listens on */
  readonly port?: number | undefined;
};

/** Tries the ways in their order. @returns the first broker, or all reasons joined. */
export async function provide({ ways }: Pick<Recipe, "ways">): Promise<Outcome> {
  const reasons: string[] = [];
  for (const way of ways) {
    const obstacle = await way.obstacle();
    const outcome = obstacle === undefined ? await way.start() : { reason: obstacle };
    if ("descriptor" in outcome) return outcome;
    reasons.push(outcome.reason);
  }
  return { reason: reasons.join("; ") };
}

/** The URLs of a broker at a port of the loopback interface, for the user that all of them know. */
export function loopbackUrls(protocols: readonly Protocol[], port: number): Urls {
  const schemes: Record<Protocol, string> = { amqp091: "amqp", amqp10: "amqp10" };
  return Object.fromEntries(
    protocols.map((protocol) => [protocol, `${schemes[protocol]}://guest:guest@127.0.0.1:${port}`]),
  );
}
