import {
  type Clock,
  type ConsumeOptions,
  checkDuration,
  checkInteger,
  checkKnown,
  checkText,
  systemClock,
  wrong,
} from "@porthos-rpc/protocol";
import { Broker, type MemoryBroker } from "./broker.js";

/** What a broker can be told. */
export interface MemoryBrokerOptions {
  /** For times to live and latency. @default the system's */
  readonly clock?: Clock;
  /**
   * How long a message takes from its sender to the broker, and again from there to its receiver; the sender learns
   * the outcome after twice as long. 0 to 60,000 ms. @default 0: the next turn of the event loop
   */
  readonly latencyMs?: number;
  /** The largest body; a larger one is refused with TooLarge. 0 to 2^30 bytes. @default 16 MiB */
  readonly maxMessageBytes?: number;
  /**
   * Messages that wait in a queue, or for one inbox or subscriber; more are refused with Overloaded. Those that a
   * consumer holds do not count. 1 to 10,000,000. @default 100_000
   */
  readonly maxQueueLength?: number;
  /** The same for the bytes of their bodies. 1 to 2^40. @default 256 MiB */
  readonly maxQueueBytes?: number;
  /**
   * Sends of one transport that wait for their outcome; more are refused with Overloaded. It is reached while the
   * broker is blocked, above all; `maxQueueBytes` bounds their bodies then. 1 to 10,000,000. @default 100_000
   */
  readonly maxUnconfirmed?: number;
}

/** What a transport can be told. Those of a broker are for the one that the transport makes, if it does. */
export interface MemoryOptions extends MemoryBrokerOptions {
  /**
   * `memory:`, or `memory:` and a name of 1 to 200 letters, digits, `.`, `_` and `-`. All transports of this process
   * with the same URL share a broker, with the default options. It is gone, with all that it holds, when the last of
   * them is closed; one that is idle holds it still, since it may go on at any time.
   * Without `url` and `broker` the transport has a broker of its own.
   */
  readonly url?: string;
  /** One from `memoryBroker()`, to be shared with other transports. Not together with `url`. */
  readonly broker?: MemoryBroker;
  /** For reconnecting and `startTimeoutMs`, and for the broker that the transport makes. @default the broker's */
  readonly clock?: Clock;
  /** How long `ready()` and `consume()` wait for a broker that is stopped. More than 0. @default 10_000 */
  readonly startTimeoutMs?: number;
}

/** Options of a broker with the defaults filled in. */
export type BrokerSettings = Required<MemoryBrokerOptions>;

/** Options of a transport with the defaults filled in. */
export interface TransportSettings {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly startTimeoutMs: number;
}

/** The length of names in AMQP 0-9-1 (specification, 4.2.5.3). */
const MAX_ADDRESS_BYTES = 255;

const BROKER_OPTIONS = [
  "latencyMs",
  "maxMessageBytes",
  "maxQueueLength",
  "maxQueueBytes",
  "maxUnconfirmed",
] as const;
const TRANSPORT_OPTIONS = ["url", "broker", "startTimeoutMs"] as const;

/** @throws {TypeError} naming what is wrong. */
export function checkBrokerOptions(options: MemoryBrokerOptions): BrokerSettings {
  checkKnown("memoryBroker", options, ["clock", ...BROKER_OPTIONS]);
  return brokerSettings("memoryBroker", options);
}

/**
 * @param shared the broker of a URL
 * @throws {TypeError} naming what is wrong.
 */
export function checkOptions(options: MemoryOptions, shared: (url: string) => Broker): TransportSettings {
  checkKnown("memory", options, ["clock", ...TRANSPORT_OPTIONS, ...BROKER_OPTIONS]);
  const startTimeoutMs = checkDuration("memory", "startTimeoutMs", options.startTimeoutMs, 10_000);
  const settings = brokerSettings("memory", options);
  const broker =
    checkBroker(options) ?? (options.url === undefined ? new Broker(settings) : shared(options.url));
  return { broker, clock: options.clock ?? broker.clock, startTimeoutMs };
}

/** @throws {TypeError} naming what is wrong. */
export function checkConsume(queue: string, options: ConsumeOptions, onDelivery: unknown): void {
  checkText("consume", "queue", queue, MAX_ADDRESS_BYTES);
  checkKnown("consume", options, ["credit", "onDegraded"]);
  // Required: the fallback is what no check lets pass.
  checkInteger("consume", "credit", options.credit ?? 0, { min: 1, max: 65_535, fallback: 0 });
  checkFunction("consume", "onDelivery", onDelivery);
}

/** @throws {TypeError} naming what is wrong. */
export function checkSubscribe(topic: string, onMessage: unknown): void {
  checkText("subscribe", "topic", topic, MAX_ADDRESS_BYTES);
  checkFunction("subscribe", "onMessage", onMessage);
}

function checkFunction(where: string, name: string, value: unknown): void {
  if (typeof value !== "function") throw wrong(where, name, "a function", value);
}

function brokerSettings(where: string, options: MemoryBrokerOptions): BrokerSettings {
  const whole = (name: (typeof BROKER_OPTIONS)[number], min: number, max: number, fallback: number): number =>
    checkInteger(where, name, options[name], { min, max, fallback });
  return {
    clock: checkClock(where, options.clock),
    latencyMs: whole("latencyMs", 0, 60_000, 0),
    maxMessageBytes: whole("maxMessageBytes", 0, 2 ** 30, 16 * 2 ** 20),
    maxQueueLength: whole("maxQueueLength", 1, 10_000_000, 100_000),
    maxQueueBytes: whole("maxQueueBytes", 1, 2 ** 40, 256 * 2 ** 20),
    maxUnconfirmed: whole("maxUnconfirmed", 1, 10_000_000, 100_000),
  };
}

/** The broker that is given; undefined if there is none. Sees to it that a URL and a broker are not mixed up. */
function checkBroker(options: MemoryOptions): Broker | undefined {
  const { url, broker } = options;
  if (url !== undefined && !/^memory:([\w.-]{1,200})?$/.test(url)) {
    throw wrong(
      "memory",
      "url",
      '"memory:" or "memory:" and a name of letters, digits, ".", "_" and "-"',
      url,
    );
  }
  if (broker !== undefined && !(broker instanceof Broker)) {
    throw wrong("memory", "broker", "one from memoryBroker()", broker);
  }
  if (url !== undefined && broker !== undefined)
    throw new TypeError('memory: give "url" or "broker", not both');
  const stray = BROKER_OPTIONS.find((name) => options[name] !== undefined);
  if (stray !== undefined && (url !== undefined || broker !== undefined)) {
    throw new TypeError(
      `memory: option "${stray}" is for a broker of its own; give a shared one to memoryBroker()`,
    );
  }
  return broker;
}

function checkClock(where: string, clock: Clock | undefined): Clock {
  if (clock === undefined) return systemClock;
  if (typeof clock?.now !== "function" || typeof clock.after !== "function") {
    throw wrong(where, "clock", "a clock with now() and after()", clock);
  }
  return clock;
}
