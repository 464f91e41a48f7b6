import { checkKnown, type TransportFeatures, wrong } from "@porthos-rpc/protocol";
import type { BrokerControl, FixtureLimits, TransportFixture, WaitOptions } from "./fixture.js";

/** Every name that there is: the types see to it that none is missing. */
type Names<T> = Readonly<Record<keyof T, true>>;

const FIXTURE: Names<TransportFixture> = {
  create: true,
  brokerLabel: true,
  broker: true,
  queueName: true,
  features: true,
  limits: true,
  knownFailures: true,
  removeQueues: true,
};
const BROKER: Names<BrokerControl> = {
  restart: true,
  stop: true,
  start: true,
  cut: true,
  block: true,
  unblock: true,
  deleteQueue: true,
};
const FEATURES: Names<TransportFeatures> = {
  confirmedSends: true,
  unroutableSends: true,
  unroutableReplies: true,
  expiry: true,
  typedHeaders: true,
  nestedHeaders: true,
  topics: true,
};
const LIMITS: Names<FixtureLimits> = { maxMessageBytes: true };
const WAITS: Names<WaitOptions> = { waitMs: true, quietMs: true, reconnectMs: true, brokerMs: true };

/**
 * A slip in a name would mean fewer cases, and nobody would notice.
 * @throws {TypeError} that says which name is unknown, and which there are
 */
export function checkFixture(where: string, fixture: TransportFixture, options: WaitOptions): void {
  checkNames(where, fixture, FIXTURE);
  if (typeof fixture.create !== "function") {
    throw wrong(where, "create", "a function that makes a transport", fixture.create);
  }
  checkNames(`${where} broker`, fixture.broker ?? {}, BROKER);
  checkNames(`${where} features`, fixture.features ?? {}, FEATURES);
  checkNames(`${where} limits`, fixture.limits ?? {}, LIMITS);
  checkNames(`${where} waits`, options, WAITS);
}

function checkNames(where: string, given: object, names: object): void {
  checkKnown(where, given, Object.keys(names));
}
