import type { TransportFeatures } from "@porthos-rpc/protocol";

/** What the transport promises on one broker, and where it cannot keep a promise of the interface. */
export interface Expected {
  readonly features: TransportFeatures;
  /** By the case's id; each is run, and has to be taken out when it passes. */
  readonly knownFailures: Readonly<Record<string, string>>;
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

const NO_SLASH = "a / in a routing key ends the name of an exchange; the name is refused";
const NO_EMPTY_TABLE =
  "Qpid loses a message with an empty table in a header, or ends itself over it; it is refused";

/** By the broker's name. */
export type Tested = "rabbitmq-3.10" | "rabbitmq-4.3" | "qpid";

export const EXPECTED: Readonly<Record<Tested, Expected>> = {
  "rabbitmq-3.10": { features: ALL, knownFailures: {} },
  "rabbitmq-4.3": { features: ALL, knownFailures: {} },
  qpid: {
    features: ALL,
    knownFailures: {
      "headers/empty-table": NO_EMPTY_TABLE,
      "headers/mixed": NO_EMPTY_TABLE,
      "names/queue-slash": NO_SLASH,
      "names/apart-escaped": NO_SLASH,
    },
  },
};
