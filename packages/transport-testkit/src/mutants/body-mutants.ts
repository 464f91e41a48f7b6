import { ACCEPTED } from "@porthos-rpc/protocol";
import type { Mutant } from "./mutant.js";

/** Transports that mishandle bytes. */
export const bodyMutants: readonly Mutant[] = [
  {
    name: "reuses-the-buffer",
    breaks: "hands out each body in the buffer of the one before it",
    caughtBy: ["bodies/kept", "bodies/apart"],
    bend: () => {
      const buffer = new Uint8Array(2 ** 20);
      return {
        incoming: (message) => {
          if (message.body.length > buffer.length) return message;
          buffer.set(message.body);
          return { ...message, body: buffer.subarray(0, message.body.length) };
        },
      };
    },
  },
  {
    name: "shares-bytes",
    breaks: "hands out the same bytes to all who hear a message",
    caughtBy: ["topics/each-its-own-bytes", "redelivery/unchanged"],
    bend: () => {
      const seen = new Map<string, Uint8Array>();
      return {
        incoming: (message) => {
          const key = Array.from(message.body.subarray(0, 32)).join();
          const body = seen.get(key) ?? message.body;
          seen.set(key, body);
          return { ...message, body };
        },
      };
    },
  },
  {
    name: "cuts-large-bodies",
    breaks: "carries the first 64 KiB of a body",
    caughtBy: ["bodies/send-1m", "bodies/reply-1m", "bodies/send-frame"],
    bend: () => ({ outgoing: (message) => ({ ...message, body: message.body.subarray(0, 65_536) }) }),
  },
  {
    name: "drops-empty-bodies",
    breaks: "takes a message without a body for no message",
    caughtBy: ["bodies/send-empty"],
    bend: (good) => ({
      methods: {
        send(queue, message, listener) {
          if (message.body.length > 0) good.send(queue, message, listener);
          else listener?.onOutcome(ACCEPTED);
        },
      },
    }),
  },
  {
    name: "sends-the-whole-buffer",
    breaks: "sends the whole buffer of which the body is a part",
    caughtBy: ["bodies/view"],
    bend: () => ({
      outgoing: (message) => ({
        ...message,
        body: new Uint8Array(message.body.buffer.slice(0) as ArrayBuffer),
      }),
    }),
  },
  {
    name: "bodies-as-text",
    breaks: "carries bodies as text in UTF-8",
    caughtBy: ["bodies/every-byte"],
    bend: () => ({
      outgoing: (message) => ({
        ...message,
        body: new TextEncoder().encode(new TextDecoder().decode(message.body)),
      }),
    }),
  },
];
