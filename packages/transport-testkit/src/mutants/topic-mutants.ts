import { type Message, type Subscription, UNROUTABLE } from "@porthos-rpc/protocol";
import type { Mutant } from "./mutant.js";

/** Transports whose topics are wrong. */
export const topicMutants: readonly Mutant[] = [
  {
    name: "replays",
    breaks: "tells a new subscriber the last message of its topic",
    caughtBy: ["topics/no-replay", "topics/no-replay-to-the-first"],
    bend: (good) => {
      const last = new Map<string, Message>();
      return {
        methods: {
          publish(topic, message, listener) {
            last.set(topic, message);
            good.publish(topic, message, listener);
          },
          async subscribe(topic, onMessage) {
            const old = last.get(topic);
            if (old !== undefined) onMessage(old);
            return good.subscribe(topic, onMessage);
          },
        },
      };
    },
  },
  {
    name: "one-hears",
    breaks: "lets one subscriber of a topic hear it, as if it were a queue",
    caughtBy: ["topics/fan-out", "many/subscribers"],
    bend: (good) => {
      const taken = new Set<string>();
      return {
        methods: {
          async subscribe(topic, onMessage) {
            if (taken.has(topic)) return { cancel: async () => {} };
            taken.add(topic);
            return good.subscribe(topic, onMessage);
          },
        },
      };
    },
  },
  {
    name: "goes-on-hearing",
    breaks: "lets a cancelled subscriber hear on",
    caughtBy: ["topics/cancelled", "topics/come-and-go"],
    bend: (good) => ({
      methods: {
        async subscribe(topic, onMessage) {
          await good.subscribe(topic, onMessage);
          return { cancel: async () => {} };
        },
      },
    }),
  },
  {
    name: "nobody-is-an-error",
    breaks: "says unroutable of a topic that it has no subscriber for",
    caughtBy: ["outcomes/publish-to-nobody"],
    bend: (good) => {
      const heard = new Set<string>();
      return {
        methods: {
          publish(topic, message, listener) {
            if (heard.has(topic)) good.publish(topic, message, listener);
            else listener?.onOutcome(UNROUTABLE);
          },
          subscribe(topic, onMessage) {
            heard.add(topic);
            return good.subscribe(topic, onMessage);
          },
        },
      };
    },
  },
  {
    name: "deaf-after-reconnect",
    breaks: "does not restore subscriptions",
    caughtBy: ["topics/restored"],
    bend: (good) => {
      const all: Subscription[] = [];
      good.on("down", () => all.forEach((each) => void each.cancel()));
      return {
        methods: {
          async subscribe(topic, onMessage) {
            const subscription = await good.subscribe(topic, onMessage);
            all.push(subscription);
            return subscription;
          },
        },
      };
    },
  },
  {
    name: "topics-are-patterns",
    breaks: "takes a star in a topic for all words",
    caughtBy: ["names/topic-dots", "names/topic-star"],
    bend: (good) => {
      const fold = (topic: string): string => topic.replace(/[^.]*$/, "*");
      return {
        methods: {
          publish: (topic, message, listener) => good.publish(fold(topic), message, listener),
          subscribe: (topic, onMessage) => good.subscribe(fold(topic), onMessage),
        },
      };
    },
  },
];
