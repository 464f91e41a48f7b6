import { afterAll, beforeAll, beforeEach, describe, inject, test } from "vitest";
import { Broker, type Family, type Protocol } from "./broker.js";
import type { BrokerName, OptionsOf } from "./catalogue.js";
import { Hosted, MissingBroker } from "./fixture/hosted.js";
import { type Listed, speaks } from "./fixture/listing.js";
import { startBroker } from "./start-broker.js";

declare module "vitest" {
  interface ProvidedContext {
    porthosBrokers: { readonly address: string; readonly brokers: readonly Listed[] };
  }
}

/** The first start of a broker in a clone includes its download. */
const START_WITHIN_MS = 600_000;
const NO_SETUP = "this run has no brokers: its project lacks the global setup of tools/brokers";

/** Whose ways with AMQP 0-9-1 (confirms, mandatory, direct reply-to, arguments of queues) the tests of it take for granted. */
const UNLESS_NAMED: readonly Family[] = ["rabbitmq"];

/**
 * The brokers of this run that speak a protocol, of some families. All test files share them; they run when the
 * calling file's tests do, and their URLs are known before that.
 */
export function brokersFor(protocol: Protocol, families: readonly Family[] = UNLESS_NAMED): Broker[] {
  const all = speaking(protocol, families).map(hosted);
  beforeAll(async () => {
    await Promise.all(all.map(({ hand }) => hand.ready()));
  }, START_WITHIN_MS);
  return all.map((one) => one.broker);
}

/** Runs a suite once for each of those brokers; without any there is one skipped test that says so. */
export function describeEachBroker(
  protocol: Protocol,
  suite: (broker: Broker) => void,
  families: readonly Family[] = UNLESS_NAMED,
): void {
  const brokers = speaking(protocol, families);
  for (const one of brokers) describeListed(one, suite);
  if (brokers.length === 0) test.skip(`no broker here speaks ${protocol}`, () => {});
}

/** Runs a suite on one broker of the run, which it may stop, if it starts it again; without it there is one skipped test. */
export function describeBroker(name: BrokerName, suite: (broker: Broker) => void): void {
  const one = listed().find((candidate) => candidate.name === name);
  if (one !== undefined && one.missing === undefined) describeListed(one, suite);
  else test.skip(`${name}: ${one?.missing ?? NO_SETUP}`, () => {});
}

/**
 * A broker of this run, which runs when this resolves.
 * @throws {MissingBroker} when this run does not have it, with the reason
 */
export async function broker(name: BrokerName): Promise<Broker> {
  const one = listed().find((candidate) => candidate.name === name);
  if (one === undefined || one.missing !== undefined)
    throw new MissingBroker(`${name}: ${one?.missing ?? NO_SETUP}`);
  const { hand } = hosted(one);
  const { family, product, version, urls, origin } = await hand.ready();
  return new Broker({ name, family, product, version, urls, origin }, hand);
}

/**
 * A broker for the calling file alone, to be called at its top; it is removed after the file's tests. undefined where this
 * run does not have it: then there is one skipped test that says why.
 * @throws {Error} when it cannot be had and brokers are required
 */
export async function ownBroker<Name extends BrokerName>(
  name: Name,
  options?: OptionsOf<Name>,
): Promise<Broker | undefined> {
  const missing = listed().find((one) => one.name === name)?.missing;
  if (missing !== undefined) {
    test.skip(`${name}: ${missing}`, () => {});
    return undefined;
  }
  const started = await startBroker(name, options);
  afterAll(() => started.remove());
  return started;
}

function speaking(protocol: Protocol, families: readonly Family[]): Listed[] {
  return listed().filter((one) => families.includes(one.family) && speaks(one, protocol));
}

function listed(): readonly Listed[] {
  return run()?.brokers ?? [];
}

function run(): { readonly address: string; readonly brokers: readonly Listed[] } | undefined {
  return inject("porthosBrokers");
}

/** Its URLs are known, though it may not run yet. */
function hosted(one: Listed): { broker: Broker; hand: Hosted } {
  const hand = new Hosted(run()?.address ?? "", one.name);
  return { hand, broker: new Broker(one, hand) };
}

function describeListed(one: Listed, suite: (broker: Broker) => void): void {
  const { broker: known, hand } = hosted(one);
  describe(`${one.product} ${one.version}`, () => {
    let missing: string | undefined;
    beforeAll(async () => {
      missing = await hand.ready().then(() => undefined, tolerated);
    }, START_WITHIN_MS);
    beforeEach(({ skip }) => {
      if (missing !== undefined) skip(missing);
    });
    suite(known);
  });
}

/** What was listed and cannot be had is skipped like what was not listed, unless brokers are required. */
function tolerated(error: unknown): string {
  if (error instanceof MissingBroker && process.env["PORTHOS_REQUIRE_BROKERS"] !== "1") return error.message;
  throw error;
}
