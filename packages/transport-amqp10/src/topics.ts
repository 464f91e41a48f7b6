import { type Clock, checkText, type Message, type Subscription } from "@porthos-rpc/protocol";
import { guarded, Keeper, type Report, within } from "@porthos-rpc/protocol/driver";
import { TOPIC_PREFIX } from "./dialects/topic-key.js";
import { linkError } from "./errors.js";
import type { Link } from "./link.js";
import { type OwnQueue, openOwnQueue } from "./own-queue.js";

/** A routing key is a shortstr. */
const MAX_TOPIC_BYTES = 255 - TOPIC_PREFIX.length;
/** How long a broker may take to close a subscription. */
const CLOSE_MS = 2_000;

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

/** Hears one topic, on a queue of its own that is gone with its connection. */
export class TopicSubscription implements Subscription {
  readonly keeper: Keeper<Link, OwnQueue>;
  readonly #options: TopicSubscriptionOptions;

  constructor(options: TopicSubscriptionOptions) {
    this.#options = options;
    const { clock, topic, report } = options;
    const subject = `topic "${topic}"`;
    this.keeper = new Keeper<Link, OwnQueue>({
      clock,
      open: async (link, lost) => {
        try {
          return await openOwnQueue(link, await link.dialect.openTopic(topic), {
            onMessage: (message) => {
              guarded(report, `the handler of ${subject}`, () => options.onMessage(message));
            },
            onUndecodable: (reason) => report.quarantined({ address: topic, reason }),
            onLost: (cause) => lost(linkError(cause, { subject })),
          });
        } catch (cause) {
          throw linkError(cause, { subject });
        }
      },
      onOpen: () => {},
      onLost: (reason) => {
        if (reason.code !== "Closed") report.degraded({ what: subject, reason });
      },
      onFailed: (reason) => report.degraded({ what: subject, reason }),
    });
  }

  async cancel(): Promise<void> {
    const lane = this.keeper.close();
    this.#options.onClose();
    if (lane !== undefined) await within(this.#options.clock, CLOSE_MS, lane.close());
  }
}
