import {
  type Clock,
  checkDuration,
  checkInteger,
  checkKnown,
  checkOneOf,
  checkText,
  systemClock,
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

/** What `amqp091()` takes. Only `url` is needed. */
export interface Amqp091Options {
  /**
   * `amqp://user:password@host:5672/vhost` or `amqps:`; several for the nodes of one cluster, which are tried in
   * an order drawn anew by each transport. Without credentials: guest, on this machine only. Without a path: the virtual host `/`.
   */
  readonly url: string | readonly string[];
  /**
   * Instead of those in the URL. A function is asked at each connect; of what it gives with an `expiresAt`, it is asked
   * for the next when 80 % of the time is over, and the connection goes on.
   */
  readonly credentials?: Credentials | CredentialFunction | undefined;
  /** @default "plain" */
  readonly sasl?: SaslMode | undefined;
  /** For `amqps:`. */
  readonly tls?: TlsOptions | undefined;
  /**
   * A broker that is silent so long, twice in a row, is given up (and gives us up). 1 to 3,600. @default 10
   */
  readonly heartbeatSeconds?: number | undefined;
  /** One attempt, from the name's lookup to the open connection. @default 10_000 */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How long `ready()` and `consume()` wait for the broker; a third of it while it refuses what one that is starting refuses, too: a
   * virtual host that it does not know. @default 15_000
   */
  readonly startTimeoutMs?: number | undefined;
  /**
   * A send that the broker has not confirmed by then ends `unknown`. The default is longer than a dead connection
   * needs to be noticed (two heartbeats), so it strikes only while the broker lives but does not answer.
   * @default 30_000
   */
  readonly confirmTimeoutMs?: number | undefined;
  /** Sends that await the broker's confirm; what is beyond is refused as Overloaded. 1 to 1,000,000. @default 10_000 */
  readonly maxUnconfirmed?: number | undefined;
  /**
   * A larger body is refused as TooLarge before anything is written. RabbitMQ 4 takes no more than 16 MiB unless it
   * is told to. 1 to 536,870,912. @default 16_777_216
   */
  readonly maxMessageBytes?: number | undefined;
  /** Shown in the broker's list of connections. At most 200 bytes. @default "porthos" */
  readonly connectionName?: string | undefined;
  /**
   * Only on RabbitMQ: how long the address that answers come to outlasts its connection, so that a call in flight over a short cut is
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
  readonly heartbeatSeconds: number;
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

const WHERE = "amqp091()";

const URLS: UrlForm = {
  plain: { scheme: "amqp:", port: 5672 },
  secure: { scheme: "amqps:", port: 5671 },
  parametersAre: "options of amqp091(), such as heartbeatSeconds",
};

const KNOWN: readonly (keyof Amqp091Options)[] = [
  "url",
  "credentials",
  "sasl",
  "tls",
  "heartbeatSeconds",
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
export function readOptions(options: Amqp091Options): Settings {
  checkKnown(WHERE, options, KNOWN);
  const integer = (
    name: "heartbeatSeconds" | "maxUnconfirmed" | "maxMessageBytes",
    max: number,
    fallback: number,
  ) => checkInteger(WHERE, name, options[name], { min: 1, max, fallback });
  const endpoints = readEndpoints(WHERE, options.url, URLS);
  const means = {
    endpoints,
    credentials: readCredentials(WHERE, options.credentials),
    tls: readTls(WHERE, options.tls, endpoints, URLS.secure.scheme),
  };
  return {
    ...means,
    sasl: readSasl(WHERE, options.sasl, means, URLS.secure.scheme),
    heartbeatSeconds: integer("heartbeatSeconds", 3_600, 10),
    connectTimeoutMs: checkDuration(WHERE, "connectTimeoutMs", options.connectTimeoutMs, 10_000),
    startTimeoutMs: checkDuration(WHERE, "startTimeoutMs", options.startTimeoutMs, 15_000),
    confirmTimeoutMs: checkDuration(WHERE, "confirmTimeoutMs", options.confirmTimeoutMs, 30_000),
    maxUnconfirmed: integer("maxUnconfirmed", 1_000_000, 10_000),
    maxMessageBytes: integer("maxMessageBytes", MAX_MESSAGE_BYTES, 16_777_216),
    connectionName: checkText(WHERE, "connectionName", options.connectionName ?? "porthos", 200),
    inboxExpiryMs: readInboxExpiry(WHERE, options.inboxExpiryMs),
    clock: options.clock ?? systemClock,
    queueMode: checkOneOf(WHERE, "queueMode", options.queueMode, ["declare", "passive"], "declare"),
  };
}
