import type { Receivers, Report } from "@porthos-rpc/protocol/driver";
import { Consumer } from "./consumer.js";
import { QueueInbox } from "./inbox.js";
import type { Link } from "./link.js";
import type { Settings } from "./options.js";
import { checkTopic, TopicSubscription } from "./topics.js";

/** What is received from, on a connection that `Receiving` of protocol/driver sees to. */
export function receiversOf(
  { clock, queueMode, inboxExpiryMs: expiryMs }: Settings,
  report: Report,
): Receivers<Link> {
  return {
    consumer: (queue, options, onDelivery) =>
      new Consumer({ ...options, clock, queue, queueMode, report, onDelivery }),
    inbox: (handler, onClose) => new QueueInbox({ clock, handler, report, expiryMs, onClose }),
    subscription: (topic, onMessage, onClose) => {
      checkTopic(topic);
      return new TopicSubscription({ clock, topic, report, onMessage, onClose });
    },
  };
}
