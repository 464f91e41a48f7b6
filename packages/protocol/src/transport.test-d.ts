import { describe, expectTypeOf, it } from "vitest";
import type { RpcError, RpcErrorCode } from "./errors.js";
import { RpcError as RpcErrorClass } from "./errors.js";
import { Events } from "./events.js";
import type { Message, ReadonlyHeaders } from "./message.js";
import type { SendOutcome, Transport, TransportEvents } from "./transport.js";

declare const transport: Transport;
declare const message: Message;

describe("Transport", () => {
  it("tells its events by name", () => {
    transport.on("up", ({ epoch }) => expectTypeOf(epoch).toBeNumber());
    transport.on("down", ({ reason }) => expectTypeOf(reason).toEqualTypeOf<RpcError>());
    transport.on("returned", ({ message: returned }) => expectTypeOf(returned).toEqualTypeOf<Message>());
    // @ts-expect-error - there is no such event
    transport.on("connected", () => {});
    // @ts-expect-error - up has no reason
    transport.on("up", ({ reason }) => reason);
  });

  it("sends with a listener or without, but not with undefined for a message", () => {
    transport.send("queue", message);
    transport.send("queue", message, {
      onOutcome: (outcome) => expectTypeOf(outcome).toEqualTypeOf<SendOutcome>(),
    });
    // @ts-expect-error - a listener is an object, so that a pending call can be its own
    transport.send("queue", message, () => {});
  });

  it("consumes with a credit", () => {
    expectTypeOf(
      transport.consume("queue", { credit: 1 }, (delivery) => delivery.accept()),
    ).resolves.toHaveProperty("cancel");
    void transport.consume("queue", { credit: 1 }, ({ deliveryCount }) => {
      expectTypeOf(deliveryCount).toEqualTypeOf<number | undefined>();
    });
    // @ts-expect-error - the credit has no default
    void transport.consume("queue", {}, () => {});
    // @ts-expect-error - exactOptionalPropertyTypes
    void transport.consume("queue", { credit: 1, onDegraded: undefined }, () => {});
  });

  it("has outcomes that a switch can exhaust", () => {
    const executed = (outcome: SendOutcome): string => {
      switch (outcome.kind) {
        case "accepted":
        case "unroutable":
        case "unsent":
          return outcome.kind;
        case "refused":
        case "unknown":
          return outcome.error.code;
      }
    };
    expectTypeOf(executed).returns.toBeString();
  });
});

describe("Message", () => {
  it("is never without a field", () => {
    const { ttlMs: _, ...rest } = message;
    // @ts-expect-error - every field is always present
    rest satisfies Message;
    ({ ...rest, ttlMs: undefined }) satisfies Message;
  });

  it("has headers that the holder may read only", () => {
    expectTypeOf(message.headers).toEqualTypeOf<ReadonlyHeaders>();
    // @ts-expect-error - a transport may keep what it derived from them
    message.headers.set("a", 1);
  });
});

describe("RpcError", () => {
  it("has a code of the closed set", () => {
    const error = new RpcErrorClass("Timeout", "late");
    expectTypeOf(error.code).toEqualTypeOf<RpcErrorCode>();
    // @ts-expect-error - no such code
    new RpcErrorClass("TIMEOUT", "late");
    // @ts-expect-error - no such word
    new RpcErrorClass("Timeout", "late", { executed: "perhaps" });
    // @ts-expect-error - what an error says does not change
    error.code = "Closed";
  });

  it("narrows what was caught", () => {
    const caught: unknown = undefined;
    if (caught instanceof RpcErrorClass) expectTypeOf(caught).toEqualTypeOf<RpcError>();
    if (caught instanceof RpcErrorClass) expectTypeOf(caught.details).toBeUnknown();
  });
});

describe("Events", () => {
  it("takes events of its own with their payloads", () => {
    const events = new Events<TransportEvents>();
    events.emit("up", { epoch: 1 });
    // @ts-expect-error - the payload is missing
    events.emit("up");
    // @ts-expect-error - another event's payload
    events.emit("up", { blocked: true, reason: "" });
    // @ts-expect-error - no such event
    events.has("connected");
  });
});
