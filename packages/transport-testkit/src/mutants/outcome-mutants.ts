import { ACCEPTED, type Message, type SendListener, type SendOutcome, UNSENT } from "@porthos-rpc/protocol";
import type { Mutant } from "./mutant.js";

/** A listener to which outcomes are told otherwise. */
function changed(listener: SendListener, change: (outcome: SendOutcome) => SendOutcome): SendListener {
  return { onOutcome: (outcome) => listener.onOutcome(change(outcome)) };
}

/** Transports that tell their senders wrong. */
export const outcomeMutants: readonly Mutant[] = [
  {
    name: "tells-twice",
    breaks: "tells the outcome of a send twice",
    caughtBy: ["outcomes/once-each", "outcomes/shared-listener"],
    bend: () => ({
      listener: (listener) => ({
        onOutcome: (outcome) => {
          listener.onOutcome(outcome);
          listener.onOutcome(outcome);
        },
      }),
    }),
  },
  {
    name: "tells-some",
    breaks: "tells every tenth sender nothing",
    caughtBy: ["outcomes/once-each", "many/outcomes"],
    bend: () => {
      let count = 0;
      return { listener: (listener) => (++count % 10 === 0 ? { onOutcome: () => {} } : listener) };
    },
  },
  {
    name: "unroutable-is-accepted",
    breaks: "says accepted of what nobody has a queue for",
    caughtBy: ["outcomes/unroutable", "outcomes/unroutable-not-declared"],
    bend: () => ({
      listener: (listener) =>
        changed(listener, (outcome) => (outcome.kind === "unroutable" ? ACCEPTED : outcome)),
    }),
  },
  {
    name: "refused-is-accepted",
    breaks: "says accepted of what was refused",
    caughtBy: ["hostile/message-circular", "hostile/message-id-256"],
    bend: () => ({
      listener: (listener) =>
        changed(listener, (outcome) => (outcome.kind === "refused" ? ACCEPTED : outcome)),
    }),
  },
  {
    name: "crosses-outcomes",
    breaks: "tells a sender the outcome of another send",
    caughtBy: ["outcomes/unroutable-among-others"],
    bend: () => {
      const waiting: SendListener[] = [];
      return {
        // Outcomes of bad and good sends come at different times; the first that comes goes to the last that asked.
        listener: (listener) => {
          waiting.push(listener);
          return { onOutcome: (outcome) => waiting.pop()?.onOutcome(outcome) };
        },
      };
    },
  },
  {
    name: "sends-unsent-later",
    breaks: "says unsent, keeps the message all the same, and sends it when it is up",
    caughtBy: ["leases/idle-is-unsent", "outcomes/unsent-is-not-delivered"],
    bend: (good) => {
      const kept: (readonly [string, Message])[] = [];
      good.on("up", () => {
        for (const [queue, message] of kept.splice(0)) good.send(queue, message);
      });
      return {
        methods: {
          send(queue, message, listener) {
            if (good.state === "up") return good.send(queue, message, listener);
            kept.push([queue, message]);
            listener?.onOutcome(UNSENT);
          },
        },
      };
    },
  },
  {
    name: "throws-when-idle",
    breaks: "throws from send() instead of telling the outcome",
    caughtBy: ["leases/idle-is-unsent", "outcomes/after-close"],
    bend: (good) => ({
      methods: {
        send(queue, message, listener) {
          if (good.state !== "up") throw new Error("not connected");
          good.send(queue, message, listener);
        },
      },
    }),
  },
  {
    name: "hides-returned",
    breaks: "tells nobody what was returned",
    caughtBy: ["events/returned", "events/returned-reply"],
    bend: (good) => ({
      methods: { on: (event, handler) => (event === "returned" ? () => {} : good.on(event, handler)) },
    }),
  },
  {
    name: "loses-the-last",
    breaks: "says accepted of the sends right before close(), and does not send them",
    caughtBy: ["closing/in-flight-is-finished"],
    bend: (good) => {
      const held: (() => void)[] = [];
      return {
        methods: {
          send(queue, message, listener) {
            held.push(() => good.send(queue, message));
            listener?.onOutcome(ACCEPTED);
            setImmediate(() => held.shift()?.());
          },
          close: () => {
            held.length = 0;
            return good.close();
          },
        },
      };
    },
  },
];
