import type { BrokerName } from "@porthos-rpc/brokers";
import type { TransportFeatures } from "@porthos-rpc/protocol";
import type { KnownFailure } from "@porthos-rpc/transport-testkit";

/** What the transport promises on one kind of broker, and where it cannot keep a promise of the interface. */
export interface Expected {
  readonly features: TransportFeatures;
  /** By the case's id; each is run, and has to be taken out when it passes. */
  readonly knownFailures: Readonly<Record<string, KnownFailure>>;
}

const ALL: TransportFeatures = {
  confirmedSends: true,
  unroutableSends: true,
  unroutableReplies: true,
  expiry: true,
  typedHeaders: true,
  nestedHeaders: true,
  topics: true,
};

/** Artemis counts a delivery only if its receiver says that it failed; after ten such it drops the message. */
const UNMARKED = "a message that comes back without having failed is not marked by the broker";

const CONNECTION_CLOSED =
  "RabbitMQ 3 closes the connection over a deleted queue: the consumer is restored as after any loss, and not told";
const NO_ESCAPE = "an address has an escape for /, but none for that escape; the name is refused";
const ASCII_ONLY = "RabbitMQ 3 garbles names that are not ASCII over AMQP 1.0; they are refused";
/** They are held back until there is room, but nobody else gets them meanwhile. */
const AHEAD = "RabbitMQ 4.0 sends up to five deliveries more than it has credit for";
const NO_SLASH = "a / in an address ends the name of an exchange; the name is refused";

export const EXPECTED: Readonly<Record<BrokerName, Expected>> = {
  "rabbitmq-4.3": { features: ALL, knownFailures: {} },
  "rabbitmq-4.0": {
    features: ALL,
    knownFailures: { "competing/shared": AHEAD, "competing/latecomer": AHEAD },
  },
  "rabbitmq-3.10": {
    features: { ...ALL, unroutableSends: false, unroutableReplies: false, topics: false },
    knownFailures: {
      "degraded/told": CONNECTION_CLOSED,
      "degraded/not-down": CONNECTION_CLOSED,
      "degraded/restored": CONNECTION_CLOSED,
      "degraded/settling": CONNECTION_CLOSED,
      "isolation/degraded-throws": CONNECTION_CLOSED,
      "names/queue-percent": NO_ESCAPE,
      "names/apart-escaped": NO_ESCAPE,
      "names/queue-unicode": ASCII_ONLY,
      "names/apart-normal-form": ASCII_ONLY,
    },
  },
  artemis: {
    features: { ...ALL, unroutableSends: false, unroutableReplies: false },
    knownFailures: {
      "redelivery/after-release": UNMARKED,
      "redelivery/after-close": UNMARKED,
      // It does mark it if it had noticed the loss before it gave the message to the next.
      "redelivery/after-reconnect": { reason: UNMARKED, atTimes: true },
      "names/queue-query":
        "what follows a ? in an address is taken for settings of the queue; the name is refused",
    },
  },
  qpid: {
    features: { ...ALL, nestedHeaders: false },
    knownFailures: {
      "names/queue-slash": NO_SLASH,
      "names/apart-escaped": NO_SLASH,
    },
  },
};
