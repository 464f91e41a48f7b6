import {
  type Clock,
  checkDuration,
  checkInteger,
  checkKnown,
  checkOneOf,
  checkText,
  systemClock,
  type Transport,
  wrong,
} from "@porthos-rpc/protocol";
import type { Answer, AnswerKind } from "./answers.js";
import { Inquiry } from "./inquiry.js";
import { ALL_TOPIC, instanceTopic, KINDS, serviceTopic } from "./question.js";

export interface DiscoverOptions<K extends AnswerKind = AnswerKind> {
  /** What is asked. */
  readonly kind: K;
  /** Only servers of this service. 1 to 200 bytes. @default all */
  readonly service?: string;
  /** Only this one. 1 to 200 bytes. @default all */
  readonly instance?: string;
  /** How long answers are waited for once the question is sent, in milliseconds. @default 2_000 */
  readonly timeoutMs?: number;
  /** Ends with so many answers, 1 to 10,000. @default 1 with `instance`, else 10_000 */
  readonly expected?: number;
  /** Ends when nobody has answered for so long since the first answer, in milliseconds. @default it does not */
  readonly stallMs?: number;
  /** For tests. @default the system's */
  readonly clock?: Clock;
}

/** One question to all who hear it, and their answers as they come. It is asked when they are read, which can be done once. */
export interface Discovery<A> extends AsyncIterable<A> {
  /** All of them, when it has ended. @throws {RpcError} as reading them one by one does. */
  all(): Promise<A[]>;
  /** Messages that came and were no answers to it, were too large (64 MiB is all that it takes), or came from an instance that had answered. */
  readonly dropped: number;
}

const KNOWN = ["kind", "service", "instance", "timeoutMs", "expected", "stallMs", "clock"];
const MAX_NAME_BYTES = 200;
const MAX_ANSWERS = 10_000;

/**
 * Asks the servers that have `discovery()`: who is there (`ping`), what each consists of (`info`), how it does (`stats`), what its methods are (`spec`).
 * Ends by time, by count or since no more come; whoever does not answer, or stands still, holds nothing. Afterwards nothing of it is left: no
 * inbox, lease or timer. A transport that nobody uses otherwise is closed again.
 *
 * Reading the answers fails with an `RpcError`: `Unavailable` when the broker is away or the connection is lost, `Config` when it does not let
 * its user publish, with the topic's name; with a `TypeError` on a transport that has no topics.
 * @throws {TypeError} for a wrong option, by name.
 */
export function discover<K extends AnswerKind>(
  transport: Transport,
  options: DiscoverOptions<K>,
): Discovery<Answer[K]> {
  if (typeof transport?.publish !== "function")
    throw wrong("discover", "transport", "a transport", transport);
  checkKnown("discover", options, KNOWN);
  const { service, instance, stallMs } = options;
  const kind = checkOneOf("discover", "kind", options.kind ?? null, KINDS, "ping") as K;
  if (service !== undefined) checkText("discover", "service", service, MAX_NAME_BYTES);
  if (instance !== undefined) checkText("discover", "instance", instance, MAX_NAME_BYTES);
  const expected = { min: 1, max: MAX_ANSWERS, fallback: instance === undefined ? MAX_ANSWERS : 1 };
  return new Inquiry(transport, {
    kind,
    topic: topicOf(service, instance),
    service,
    instance,
    clock: options.clock ?? systemClock,
    timeoutMs: checkDuration("discover", "timeoutMs", options.timeoutMs, 2_000),
    expected: checkInteger("discover", "expected", options.expected, expected),
    stallMs: stallMs === undefined ? undefined : checkDuration("discover", "stallMs", stallMs),
  });
}

function topicOf(service: string | undefined, instance: string | undefined): string {
  if (instance !== undefined) return instanceTopic(instance);
  return service === undefined ? ALL_TOPIC : serviceTopic(service);
}
