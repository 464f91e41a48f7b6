import { type Subscription, TRANSPORT_EVENTS, type Transport } from "@porthos-rpc/protocol";
import type { Mutant } from "./mutant.js";

/** Longer than any case: what is left behind is still there when the kit looks. */
const LEAK_MS = 30_000;

/** Transports that start, heal or end wrong. */
export const lifeMutants: readonly Mutant[] = [
  {
    name: "release-counts-twice",
    breaks: "counts every release() of a lease",
    caughtBy: ["leases/release-counts-once"],
    bend: (good) => {
      const held: ReturnType<Transport["acquire"]>[] = [];
      return {
        methods: {
          acquire() {
            held.push(good.acquire());
            return { release: () => held.pop()?.release() ?? Promise.resolve() };
          },
        },
      };
    },
  },
  {
    name: "never-idle",
    breaks: "stays up when nobody holds it",
    caughtBy: ["leases/last-release-closes", "leases/many-times"],
    bend: (good) => ({
      methods: {
        acquire() {
          good.acquire();
          return { release: async () => {} };
        },
      },
    }),
  },
  {
    name: "ready-when-closed",
    breaks: "says that it is ready when it is closed",
    caughtBy: ["lifecycle/closed-ready"],
    bend: (good) => ({
      methods: { ready: () => (good.state === "closed" ? Promise.resolve() : good.ready()) },
    }),
  },
  {
    name: "leaks-a-timer",
    breaks: "leaves a timer running when it is closed",
    caughtBy: ["closing/up", "lifecycle/ready-starts"],
    bend: (good) => ({
      methods: {
        ready() {
          setTimeout(() => {}, LEAK_MS);
          return good.ready();
        },
      },
    }),
  },
  {
    name: "close-hangs",
    breaks: "never comes to the end of close() once it was up",
    caughtBy: ["closing/up"],
    bend: (good) => ({
      methods: {
        close() {
          const wasUp = good.state === "up";
          return good.close().then(() => (wasUp ? new Promise<void>(() => {}) : undefined));
        },
      },
    }),
  },
  {
    name: "close-rejects-twice",
    breaks: "rejects a second close()",
    caughtBy: ["closing/twice"],
    bend: (good) => ({
      methods: {
        close: () => (good.state === "closed" ? Promise.reject(new Error("already closed")) : good.close()),
      },
    }),
  },
  {
    name: "on-takes-anything",
    breaks: "listens to events that there are not",
    caughtBy: ["events/unknown"],
    bend: (good) => ({
      methods: {
        on: (event, handler) => (event in TRANSPORT_EVENTS ? good.on(event, handler) : () => {}),
      },
    }),
  },
  {
    name: "close-tells-no-closed",
    breaks: "does not tell that it was closed",
    caughtBy: ["events/closed"],
    bend: (good) => ({
      methods: { on: (event, handler) => (event === "closed" ? () => {} : good.on(event, handler)) },
    }),
  },
  {
    name: "close-tells-nobody",
    breaks: "tells no outcome once close() was called",
    caughtBy: ["closing/in-flight", "closing/replies-in-flight"],
    bend: (good) => {
      let closing = false;
      return {
        listener: (listener) => ({ onOutcome: (outcome) => closing || listener.onOutcome(outcome) }),
        methods: {
          close() {
            closing = true;
            return good.close();
          },
        },
      };
    },
  },
  {
    name: "cannot-unsubscribe",
    breaks: "goes on telling events to handlers that were taken off",
    caughtBy: ["events/unsubscribe"],
    bend: (good) => ({
      methods: {
        on(event, handler) {
          good.on(event, handler);
          return () => {};
        },
      },
    }),
  },
  {
    name: "always-epoch-one",
    breaks: "counts every connection as the first",
    caughtBy: ["events/up-again", "events/up-after-idle"],
    bend: (good) => ({
      methods: {
        on: (event, handler) =>
          event === "up"
            ? good.on("up", () => void (handler as (event: { epoch: number }) => void)({ epoch: 1 }))
            : good.on(event, handler),
      },
    }),
  },
  {
    name: "consumers-stay-lost",
    breaks: "does not restore consumers after a reconnect",
    caughtBy: ["reconnect/idle-consumer", "reconnect/all-consumers"],
    bend: (good) => {
      const all: Subscription[] = [];
      good.on("down", () => all.forEach((each) => void each.cancel()));
      return {
        methods: {
          async consume(queue, options, onDelivery) {
            const subscription = await good.consume(queue, options, onDelivery);
            all.push(subscription);
            return subscription;
          },
        },
      };
    },
  },
  {
    name: "cancelled-come-back",
    breaks: "restores consumers that were cancelled, too",
    caughtBy: ["reconnect/cancelled-stays-cancelled", "reconnect/cancel-while-down"],
    bend: (good) => ({
      methods: {
        async consume(queue, options, onDelivery) {
          const subscription = await good.consume(queue, options, onDelivery);
          good.on("up", () => void good.consume(queue, options, onDelivery));
          return subscription;
        },
      },
    }),
  },
  {
    name: "gives-up",
    breaks: "stays down after the second loss",
    caughtBy: ["reconnect/again-and-again", "inbox-epochs/three-times"],
    bend: (good) => {
      let losses = 0;
      good.on("down", () => ++losses === 2 && void good.close());
      return {};
    },
  },
];
