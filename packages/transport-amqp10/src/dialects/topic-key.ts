/**
 * Every AMQP 0-9-1 broker has this exchange, durable and undeletable: it needs no declaration. It compares whole
 * routing keys, so no character of a topic is a wildcard. Peers over 0-9-1 use the same exchange and keys.
 */
export const TOPIC_EXCHANGE = "amq.direct";

/** Keeps our topics apart from whatever else is there. */
export const TOPIC_PREFIX = "porthos.topic.";

export function topicKey(topic: string): string {
  return TOPIC_PREFIX + topic;
}
