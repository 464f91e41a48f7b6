import { type Clock, checkText, type Message, RpcError, type Subscription } from "@porthos-rpc/protocol";
import { Keeper, type Report, within } from "@porthos-rpc/protocol/driver";
import { channelError } from "./errors.js";
import type { ReceiveLane } from "./lane.js";
import type { Link } from "./link.js";

/**
 * Every AMQP 0-9-1 broker has this exchange (3.1.3.1), durable and undeletable: it needs no declaration and no
 * permission to declare, and publishing to it can never meet a missing exchange, which would close the channel. It
 * compares whole routing keys, so no character of a topic is a wildcard.
 */
export const TOPIC_EXCHANGE = "amq.direct";
/** Keeps our topics apart from whatever else uses that exchange. */
const KEY_PREFIX = "porthos.topic.";
/** A routing key is a shortstr. */
const MAX_TOPIC_BYTES = 255 - KEY_PREFIX.length;
/** How long a broker may take to close a subscription. */
const CLOSE_MS = 2_000;

export function topicKey(topic: string): string {
  return KEY_PREFIX + topic;
}

/** @throws {TypeError} */
export function checkTopic(topic: unknown): string {
  return checkText("subscribe()", "topic", topic, MAX_TOPIC_BYTES);
}

export interface TopicSubscriptionOptions {
  readonly clock: Clock;
  readonly topic: string;
  readonly report: Report;
  onMessage(message: Message): void;
  /** It is not to be kept open any more. */
  onClose(): void;
}

/** Hears one topic, on an exclusive queue of its own that is bound to it and gone with its channel. */
export class TopicSubscription implements Subscription {
  readonly keeper: Keeper<Link, ReceiveLane>;
  readonly #options: TopicSubscriptionOptions;

  constructor(options: TopicSubscriptionOptions) {
    this.#options = options;
    const { clock, topic, report } = options;
    const subject = `topic "${topic}"`;
    this.keeper = new Keeper<Link, ReceiveLane>({
      clock,
      open: async (link, lost) => {
        try {
          return await link.lanes.openReceive(
            {
              queue: undefined,
              binding: { exchange: TOPIC_EXCHANGE, routingKey: topicKey(topic) },
              credit: undefined,
            },
            {
              onDelivery: (_lane, _tag, message) => this.#hear(message),
              onUndecodable: (reason) => report.quarantined({ address: topic, reason }),
              onLost: (cause) => lost(lostError(subject, cause)),
            },
          );
        } catch (cause) {
          throw channelError(cause, { subject });
        }
      },
      onOpen: () => {},
      onLost: (reason) => {
        if (reason.code !== "Closed") report.degraded({ what: subject, reason });
      },
      onFailed: (reason) => report.degraded({ what: subject, reason }),
    });
  }

  #hear(message: Message): void {
    if (this.keeper.closed) return;
    const { topic, report, onMessage } = this.#options;
    try {
      onMessage(message);
    } catch (error) {
      report.userError(`the handler of topic "${topic}"`, error);
    }
  }

  async cancel(): Promise<void> {
    const lane = this.keeper.close();
    this.#options.onClose();
    if (lane !== undefined) await within(this.#options.clock, CLOSE_MS, lane.close());
  }
}

function lostError(subject: string, cause: unknown): RpcError {
  if (cause !== undefined) return channelError(cause, { subject });
  return new RpcError("Unavailable", `${subject}: its queue was deleted`);
}
