import type { Transport, TransportFeatures } from "@porthos-rpc/protocol";

/** What the kit needs to know about a transport to put it to the test. Only `create` is required. */
export interface TransportFixture {
  /**
   * A new transport that nobody has started, connected to the same broker each time. Its start budget is waited for
   * now and then, so it should be short, but longer than a reconnect may take: some cases consume while it is down.
   */
  create(): Transport | Promise<Transport>;
  /** What the broker says of itself, for the run's results: `RabbitMQ 4.3.6`. */
  readonly brokerLabel?: string;
  /** What can be done to the broker. Cases that need a verb that is missing are reported as not applicable. */
  readonly broker?: BrokerControl;
  /**
   * A queue name that the broker allows, made from `base` (which is unique to the run and the case).
   * @default `base` itself
   */
  queueName?(base: string): string;
  /**
   * What the transport must declare once it is ready, so that a feature cannot be lost unnoticed: without this a
   * transport that forgets a feature only has fewer cases. Features that are left out are not checked.
   */
  readonly features?: Partial<TransportFeatures>;
  readonly limits?: FixtureLimits;
  /**
   * Cases that fail today, by id, with the reason. They are run, and a case that passes all the same is a failure:
   * its entry has to go. One that fails only `atTimes`, since it is chance what the broker does, may do either.
   * None excuses an error that escapes, which would end a process.
   */
  readonly knownFailures?: Readonly<Record<string, KnownFailure>>;
  /** Deletes the durable queues that a case has left on a broker that outlives the test run. */
  removeQueues?(queues: readonly string[]): unknown;
}

/** Why a promise is not kept. */
export type KnownFailure = string | { readonly reason: string; readonly atTimes: true };

/**
 * What can be done to the broker. A verb returns, or its promise resolves, when it has happened at the broker; that
 * the transports notice is their own matter. The kit undoes `stop` and `block` after each case. What a verb itself
 * holds open (an administrator's connection) it must close, or have opened before the first case: else it is taken
 * for the transport's leak.
 */
export interface BrokerControl {
  /** Stops the broker as its operator would, and starts it again. What is durable outlasts it. */
  restart?(): unknown;
  /** Stops the broker: its port refuses. Needs `start`. */
  stop?(): unknown;
  /** Starts the stopped broker. */
  start?(): unknown;
  /** Drops all connections of all transports; the broker lives on. */
  cut?(): unknown;
  /** Makes the broker take no messages (an alarm). Needs `unblock`. */
  block?(): unknown;
  /** Ends what `block` began. */
  unblock?(): unknown;
  /** Deletes the queue under its consumers. */
  deleteQueue?(queue: string): unknown;
}

export type BrokerVerb = keyof BrokerControl;

export interface FixtureLimits {
  /** The largest body, in bytes, that the transport takes in a message without headers. One byte more is refused. */
  readonly maxMessageBytes?: number;
}

/** How long the kit waits. Every wait is bounded, and fails with a text that says what it waited for. */
export interface WaitOptions {
  /** For what should happen at once. @default 5_000 */
  readonly waitMs?: number;
  /** How long nothing must happen before the kit believes that nothing will. @default 100 */
  readonly quietMs?: number;
  /** For a reconnect after the broker is there again, and for `close()`. @default 20_000 */
  readonly reconnectMs?: number;
  /** For a verb of `BrokerControl`, and for a transport's start budget to run out. @default 60_000 */
  readonly brokerMs?: number;
}

/** `WaitOptions` with the defaults filled in. */
export type Waits = Required<WaitOptions>;

export function waitsOf(options: WaitOptions): Waits {
  const { waitMs = 5_000, quietMs = 100, reconnectMs = 20_000, brokerMs = 60_000 } = options;
  return { waitMs, quietMs, reconnectMs, brokerMs };
}
