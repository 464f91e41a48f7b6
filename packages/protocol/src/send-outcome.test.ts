import { describe, expect, it } from "vitest";
import { RpcError } from "./errors.js";
import { type Message, NO_BODY, NO_HEADERS } from "./message.js";
import { sendOutcome } from "./send-outcome.js";
import {
  ACCEPTED,
  type SendListener,
  type SendOutcome,
  type Transport,
  UNROUTABLE,
  UNSENT,
} from "./transport.js";

const message: Message = {
  body: NO_BODY,
  contentType: undefined,
  correlationId: undefined,
  replyTo: undefined,
  ttlMs: undefined,
  headers: NO_HEADERS,
  durable: true,
};

describe("sendOutcome", () => {
  it.each<SendOutcome>([
    ACCEPTED,
    UNROUTABLE,
    UNSENT,
    { kind: "refused", error: new RpcError("TooLarge", "too large") },
    { kind: "unknown", error: new RpcError("Unavailable", "lost") },
  ])("resolves with $kind, at once or later", async (outcome) => {
    for (const later of [false, true]) {
      const sent: unknown[] = [];
      const send = (queue: string, sentMessage: Message, listener?: SendListener): void => {
        sent.push(queue, sentMessage);
        if (later) queueMicrotask(() => listener?.onOutcome(outcome));
        else listener?.onOutcome(outcome);
      };
      await expect(sendOutcome({ send } as Transport, "porthos.metrics", message)).resolves.toBe(outcome);
      expect(sent).toEqual(["porthos.metrics", message]);
    }
  });
});
