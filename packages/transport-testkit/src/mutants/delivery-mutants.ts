import type { Delivery } from "@porthos-rpc/protocol";
import { bentDelivery } from "./bent-transport.js";
import type { Mutant } from "./mutant.js";

/** Transports that hand out deliveries wrong. */
export const deliveryMutants: readonly Mutant[] = [
  {
    name: "delivers-twice",
    breaks: "hands every delivery out twice",
    caughtBy: ["ordering/credit-7", "competing/two-transports"],
    bend: () => ({
      delivery: (delivery, hand) => {
        hand(delivery);
        hand(delivery);
      },
    }),
  },
  {
    name: "overtakes",
    breaks: "lets every second delivery be overtaken",
    caughtBy: ["ordering/credit-500", "ordering/waiting"],
    bend: () => {
      let count = 0;
      return {
        delivery: (delivery, hand) => {
          if (++count % 2 === 0) hand(delivery);
          else setTimeout(hand, 1, delivery);
        },
      };
    },
  },
  {
    name: "ignores-credit",
    breaks: "takes as many messages as there are, whatever the credit",
    caughtBy: ["credit/bound-1", "credit/bound-5", "competing/shared"],
    bend: (good) => ({
      methods: {
        consume: (queue, options, onDelivery) =>
          good.consume(queue, { ...options, credit: 65_535 }, onDelivery),
      },
    }),
  },
  {
    name: "stops-at-2048",
    breaks: "hands out no more than 2,048 deliveries at a time, whatever the credit",
    caughtBy: ["credit/thousands-unsettled"],
    bend: () => {
      let unsettled = 0;
      return {
        delivery: (delivery, hand) => {
          if (++unsettled > 2_048) return;
          const settle = (how: "accept" | "release" | "reject") => (): void => {
            unsettled--;
            delivery[how]();
          };
          const [accept, release, reject] = [settle("accept"), settle("release"), settle("reject")];
          hand(bentDelivery(delivery, { accept, release, reject }));
        },
      };
    },
  },
  {
    name: "keeps-credit",
    breaks: "never gives credit back",
    caughtBy: ["credit/accept-gives-back", "credit/reject-gives-back", "credit/release-gives-back"],
    bend: () => ({
      delivery: (delivery, hand) =>
        hand(bentDelivery(delivery, { accept: () => {}, reject: () => {}, release: () => {} })),
    }),
  },
  {
    name: "goes-on-after-cancel",
    breaks: "keeps delivering after cancel()",
    caughtBy: ["competing/one-leaves", "reentry/cancel-from-a-delivery"],
    bend: (good) => ({
      methods: {
        async consume(queue, options, onDelivery) {
          await good.consume(queue, options, onDelivery);
          return { cancel: async () => {} };
        },
      },
    }),
  },
  {
    name: "cancel-forgets-the-unsettled",
    breaks: "gives unsettled deliveries back as soon as their consumer is cancelled",
    caughtBy: ["settling/accept-after-cancel", "redelivery/held-after-cancel"],
    bend: (good) => ({
      methods: {
        async consume(queue, options, onDelivery) {
          const held: Delivery[] = [];
          const subscription = await good.consume(queue, options, (delivery) => {
            held.push(delivery);
            onDelivery(delivery);
          });
          const release = (): void => held.forEach((delivery) => void delivery.release());
          return { cancel: () => subscription.cancel().then(release) };
        },
      },
    }),
  },
  {
    name: "always-first-time",
    breaks: "says of every delivery that it comes for the first time",
    caughtBy: ["redelivery/after-release", "redelivery/after-close"],
    bend: () => ({
      delivery: (delivery, hand) => hand(bentDelivery(delivery, { redelivered: false })),
    }),
  },
  {
    name: "counts-nothing",
    breaks: "says of every delivery that the broker has counted none before",
    caughtBy: ["redelivery/count"],
    bend: () => ({
      delivery: (delivery, hand) => hand(bentDelivery(delivery, { deliveryCount: 0 })),
    }),
  },
  {
    name: "counts-itself",
    breaks: "counts the delivery itself among those before",
    caughtBy: ["redelivery/count"],
    bend: () => ({
      delivery: (delivery, hand) =>
        hand(bentDelivery(delivery, { deliveryCount: (delivery.deliveryCount ?? 0) + 1 })),
    }),
  },
  {
    name: "always-redelivered",
    breaks: "says of every delivery that it may have come before",
    caughtBy: ["redelivery/first-time"],
    bend: () => ({
      delivery: (delivery, hand) => hand(bentDelivery(delivery, { redelivered: true })),
    }),
  },
];
