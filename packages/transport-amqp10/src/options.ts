import {
  type Clock,
  checkDuration,
  checkInteger,
  checkKnown,
  checkOneOf,
  checkText,
  systemClock,
  wrong,
} from "@porthos-rpc/protocol";
import {
  type CredentialFunction,
  type CredentialSource,
  type Credentials,
  type Endpoint,
  readCredentials,
  readEndpoints,
  readInboxExpiry,
  readSasl,
  readTls,
  type SaslMode,
  type TlsOptions,
  type TlsSettings,
  type UrlForm,
} from "@porthos-rpc/protocol/driver";

/**
 * How `consume` finds its queue. `declare`: makes it if it is missing, as every Porthos server does. `passive`: it
 * must be there, in whatever shape its operator gave it (quorum, with a dead-letter exchange, …).
 */
export type QueueMode = "declare" | "passive";

/** What `amqp10()` takes. Only `url` is needed. */
export interface Amqp10Options {
  /**
   * `amqp10://user:password@host:5672` or `amqp10s:`; several for the nodes of one cluster, which are tried in an
   * order drawn anew by each transport. A path is a virtual host of RabbitMQ. Without credentials: guest, on this
   * machine only.
   */
  readonly url: string | readonly string[];
  /**
   * Instead of those in the URL. A function is asked at each connect; of what it gives with an `expiresAt`, it is asked
   * for the next when 80 % of the time is over, and the connection goes on.
   */
  readonly credentials?: Credentials | CredentialFunction | undefined;
  /** @default "plain" */
  readonly sasl?: SaslMode | undefined;
  /** For `amqp10s:`. */
  readonly tls?: TlsOptions | undefined;
  /** A broker that is silent for twice as long is given up. RabbitMQ takes no less than a second. 1,000 to 3,600,000. @default 10_000 */
  readonly idleTimeoutMs?: number | undefined;
  /** One attempt, from the name's lookup to the open connection. @default 10_000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long `ready()` and `consume()` wait for the broker; a third of it while it refuses what one that is starting refuses, too: a
   * virtual host that it does not know. @default 15_000
   */
  readonly startTimeoutMs?: number | undefined;
  /**
   * A send whose outcome the broker has not told by then ends `unknown`; one that it gave no credit for by then is
   * refused as Overloaded. The default is longer than a dead connection needs to be noticed.
   * @default 30_000
   */
  readonly confirmTimeoutMs?: number | undefined;
  /**
   * Sends that await credit or their outcome, each kind (messages, replies, topics) for itself; what is beyond is
   * refused as Overloaded. 1 to 1,000,000. @default 10_000
   */
  readonly maxUnconfirmed?: number | undefined;
  /**
   * A larger body is refused as TooLarge before anything is written. RabbitMQ 4 takes no more than 16 MiB, headers
   * included, unless it is told to. 1 to 536,870,912. @default 16_777_216
   */
  readonly maxMessageBytes?: number | undefined;
  /** Shown in the broker's list of connections. At most 200 bytes. @default "porthos" */
  readonly connectionName?: string | undefined;
  /**
   * Only on RabbitMQ 4: how long the address that answers come to outlasts its connection, so that a call in flight over a short cut is
   * answered after the reconnect. 1,000 to 3,600,000. It is a durable queue then: slower to open, each answer is acknowledged
   * (0.8 of the calls a second), and a client that is killed leaves it behind for so long. After a restart of the broker it is there without
   * what was in it: calls in flight end at their deadline. Other brokers refuse it with Config when the first call is made.
   * @default none: the address goes with its connection, and calls in flight end at once or are sent again
   */
  readonly inboxExpiryMs?: number | undefined;
  /** For tests. @default the system's */
  readonly clock?: Clock | undefined;
  /** @default "declare" */
  readonly queueMode?: QueueMode | undefined;
}

/** The options, checked and complete. */
export interface Settings {
  readonly endpoints: readonly Endpoint[];
  readonly credentials: CredentialSource;
  readonly sasl: SaslMode;
  readonly tls: TlsSettings;
  readonly idleTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly startTimeoutMs: number;
  readonly confirmTimeoutMs: number;
  readonly maxUnconfirmed: number;
  readonly maxMessageBytes: number;
  readonly connectionName: string;
  readonly inboxExpiryMs: number | undefined;
  readonly clock: Clock;
  readonly queueMode: QueueMode;
}

const WHERE = "amqp10()";

const URLS: UrlForm = {
  plain: { scheme: "amqp10:", port: 5672 },
  secure: { scheme: "amqp10s:", port: 5671 },
  parametersAre: "options of amqp10(), such as idleTimeoutMs",
};

const KNOWN: readonly (keyof Amqp10Options)[] = [
  "url",
  "credentials",
  "sasl",
  "tls",
  "idleTimeoutMs",
  "connectTimeoutMs",
  "startTimeoutMs",
  "confirmTimeoutMs",
  "maxUnconfirmed",
  "maxMessageBytes",
  "connectionName",
  "inboxExpiryMs",
  "clock",
  "queueMode",
];

/** The largest that RabbitMQ can be told to take. */
const MAX_MESSAGE_BYTES = 536_870_912;

/** @throws {TypeError} that names the option, what was expected and, unless it may be a secret, what was found */
export function readOptions(options: Amqp10Options): Settings {
  checkKnown(WHERE, options, KNOWN);
  const integer = (
    name: "idleTimeoutMs" | "maxUnconfirmed" | "maxMessageBytes",
    min: number,
    max: number,
    fallback: number,
  ) => checkInteger(WHERE, name, options[name], { min, max, fallback });
  const endpoints = readEndpoints(WHERE, options.url, URLS);
  const means = {
    endpoints,
    credentials: readCredentials(WHERE, options.credentials),
    tls: readTls(WHERE, options.tls, endpoints, URLS.secure.scheme),
  };
  return {
    ...means,
    sasl: readSasl(WHERE, options.sasl, means, URLS.secure.scheme),
    idleTimeoutMs: integer("idleTimeoutMs", 1_000, 3_600_000, 10_000),
    connectTimeoutMs: checkDuration(WHERE, "connectTimeoutMs", options.connectTimeoutMs, 10_000),
    startTimeoutMs: checkDuration(WHERE, "startTimeoutMs", options.startTimeoutMs, 15_000),
    confirmTimeoutMs: checkDuration(WHERE, "confirmTimeoutMs", options.confirmTimeoutMs, 30_000),
    maxUnconfirmed: integer("maxUnconfirmed", 1, 1_000_000, 10_000),
    maxMessageBytes: integer("maxMessageBytes", 1, MAX_MESSAGE_BYTES, 16_777_216),
    connectionName: checkText(WHERE, "connectionName", options.connectionName ?? "porthos", 200),
    inboxExpiryMs: readInboxExpiry(WHERE, options.inboxExpiryMs),
    clock: checkClock(options.clock),
    queueMode: checkOneOf(WHERE, "queueMode", options.queueMode, ["declare", "passive"], "declare"),
  };
}

function checkClock(clock: Clock | undefined): Clock {
  if (clock === undefined) return systemClock;
  if (typeof clock?.now === "function" && typeof clock.after === "function") return clock;
  throw wrong(WHERE, "clock", "a clock with now() and after()", clock);
}
