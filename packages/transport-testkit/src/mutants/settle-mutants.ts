import type { Delivery, RpcError } from "@porthos-rpc/protocol";
import { textOf } from "../bench/messages.js";
import { bentDelivery } from "./bent-transport.js";
import type { Mutant } from "./mutant.js";

/** Transports that settle wrong. */
export const settleMutants: readonly Mutant[] = [
  {
    name: "release-is-accept",
    breaks: "accepts what is released",
    caughtBy: ["settling/released-comes-again"],
    bend: () => ({
      delivery: (delivery, hand) => hand(bentDelivery(delivery, { release: () => delivery.accept() })),
    }),
  },
  {
    name: "reject-is-release",
    breaks: "releases what is rejected",
    caughtBy: ["settling/rejected-is-gone"],
    bend: () => ({
      delivery: (delivery, hand) => hand(bentDelivery(delivery, { reject: () => delivery.release() })),
    }),
  },
  {
    name: "last-settle-counts",
    breaks: "settles at the end of the turn, as the last call said",
    caughtBy: ["settling/accept-then-release", "settling/release-then-accept"],
    bend: () => ({
      delivery: (delivery, hand) => {
        let how: "accept" | "release" | "reject" = "accept";
        const later = (next: typeof how) => (): void => {
          how = next;
          queueMicrotask(() => delivery[how]());
        };
        const [accept, release, reject] = [later("accept"), later("release"), later("reject")];
        hand(bentDelivery(delivery, { accept, release, reject }));
      },
    }),
  },
  {
    name: "accepts-by-itself",
    breaks: "accepts every delivery before it hands it out",
    caughtBy: ["closing/unsettled", "settling/accept-after-close"],
    bend: () => ({
      delivery: (delivery, hand) => {
        delivery.accept();
        hand(delivery);
      },
    }),
  },
  {
    name: "accepts-all-up-to",
    breaks: "accepts with a delivery all that came before it",
    caughtBy: ["settling/one-at-a-time"],
    bend: () => {
      const before: Delivery[] = [];
      return {
        delivery: (delivery, hand) => {
          before.push(delivery);
          const count = before.length;
          const accept = (): void => before.slice(0, count).forEach((each) => void each.accept());
          hand(bentDelivery(delivery, { accept }));
        },
      };
    },
  },
  {
    name: "loses-on-close",
    breaks: "accepts on close() what nobody has settled",
    caughtBy: ["closing/unsettled", "competing/one-transport-closes"],
    bend: (good) => {
      const held: Delivery[] = [];
      return {
        delivery: (delivery, hand) => {
          held.push(delivery);
          hand(delivery);
        },
        methods: {
          close() {
            for (const each of held) each.accept();
            return good.close();
          },
        },
      };
    },
  },
  {
    name: "settles-what-came-again",
    breaks: "settles the delivery that came again when an old one of the same message is settled",
    caughtBy: [
      "settling/accept-after-it-came-again",
      "settling/reject-after-it-came-again",
      "settling/release-after-it-came-again",
    ],
    bend: () => {
      const newest = new Map<string, Delivery>();
      return {
        delivery: (delivery, hand) => {
          const text = textOf(delivery.message);
          newest.set(text, delivery);
          const settle = (how: "accept" | "release" | "reject") => (): void => newest.get(text)?.[how]();
          const [accept, release, reject] = [settle("accept"), settle("release"), settle("reject")];
          hand(bentDelivery(delivery, { accept, release, reject }));
        },
      };
    },
  },
  {
    name: "settles-what-came-to-another",
    breaks:
      "settles the delivery that came to another of its consumers when an old one of the message is settled",
    caughtBy: [
      "settling/accept-after-it-came-to-another",
      "settling/reject-after-it-came-to-another",
      "settling/release-after-it-came-to-another",
    ],
    bend: (good) => {
      const newest = new Map<string, { consumer: object; delivery: Delivery }>();
      return {
        methods: {
          consume(queue, options, onDelivery) {
            const consumer = {};
            return good.consume(queue, options, (delivery) => {
              const message = `${queue} ${textOf(delivery.message)}`;
              newest.set(message, { consumer, delivery });
              const settle = (how: "accept" | "release" | "reject") => (): void => {
                const latest = newest.get(message);
                const moved = latest !== undefined && latest.consumer !== consumer;
                (moved ? latest.delivery : delivery)[how]();
              };
              const [accept, release, reject] = [settle("accept"), settle("release"), settle("reject")];
              onDelivery(bentDelivery(delivery, { accept, release, reject }));
            });
          },
        },
      };
    },
  },
  {
    name: "settles-by-number-of-its-queue",
    breaks: "settles by a number that a consumer counts anew when its queue was deleted",
    caughtBy: ["degraded/stale-settles-no-other"],
    bend: (good) => ({
      methods: {
        consume(queue, options, onDelivery) {
          let current: Delivery[] = [];
          const onDegraded = (reason: RpcError): void => {
            current = [];
            options.onDegraded?.(reason);
          };
          return good.consume(queue, { ...options, onDegraded }, (delivery) => {
            const number = current.push(delivery) - 1;
            onDelivery(bentDelivery(delivery, { accept: () => void current[number]?.accept() }));
          });
        },
      },
    }),
  },
  {
    name: "settles-by-number",
    breaks: "settles by a number that a new connection counts anew",
    caughtBy: ["settling/stale-settles-no-other", "settling/accept-after-reconnect"],
    bend: (good) => {
      let current: Delivery[] = [];
      good.on("down", () => {
        current = [];
      });
      return {
        delivery: (delivery, hand) => {
          const number = current.push(delivery) - 1;
          hand(bentDelivery(delivery, { accept: () => void current[number]?.accept() }));
        },
      };
    },
  },
];
