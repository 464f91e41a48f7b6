import {
  ACCEPTED,
  type Extension,
  RpcError,
  type SendOutcome,
  type ServerEvents,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { connectionLost, type Scripted, serving } from "../test/setup.js";
import { settle } from "../test/watch.js";

const unknown: SendOutcome = { kind: "unknown", error: connectionLost };
const refused = (code: "TooLarge" | "BadRequest" | "Overloaded" | "Unavailable"): SendOutcome => ({
  kind: "refused",
  error: new RpcError(code, "the broker says no"),
});

/** A request whose answer was sent, and nothing else has happened. */
async function answered(init: Parameters<Scripted["deliver"]>[0] = {}, answer: unknown = "answer") {
  const setup = await serving(() => answer);
  setup.transport.holdReplies = true;
  const delivery = setup.deliver(init);
  const lost = (): SendOutcome[] =>
    setup.events
      .filter(({ name }) => name === "replyLost")
      .map(({ event }) => (event as ServerEvents["replyLost"]).outcome);
  return { ...setup, delivery, lost, first: setup.transport.last };
}

describe("an answer on its way", () => {
  it("is replaced by a plain 500 when extensions take too long to encode it, and its slot is free", async () => {
    const hanging: Extension = {
      name: "hanging",
      apiVersion: 1,
      server: { wire: { outgoing: () => new Promise(() => {}) } },
    };
    const { deliver, transport, clock } = await serving(() => "answer", { extensions: [hanging] });
    const delivery = deliver({ ttlMs: undefined });
    clock.advance(4_990);
    await settle();
    expect(delivery.settled).toBeUndefined();
    clock.advance(20);
    await settle();
    expect(transport.last.status).toBe(500);
    expect(delivery.settled).toBe("accept");
    expect(clock.timerCount).toBe(0);
  });

  it("lets the request be acknowledged when the broker has it", async () => {
    const { delivery, first, lost, transport } = await answered();
    expect(delivery.settled).toBeUndefined();
    first.outcome(ACCEPTED);
    expect(delivery.settled).toBe("accept");
    expect(transport.replies).toHaveLength(1);
    expect(lost()).toEqual([]);
  });

  it("that nobody waits for is lost: told, and the request is acknowledged all the same", async () => {
    const { delivery, first, lost, transport, events } = await answered();
    first.outcome(UNROUTABLE);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([UNROUTABLE]);
    expect(events.at(-1)?.event).toMatchObject({ call: { method: "m" } });
    expect(transport.replies).toHaveLength(1);
  });

  it("that is too large for the broker is replaced by a 500 that says so", async () => {
    const { delivery, first, lost, transport } = await answered();
    first.outcome(refused("TooLarge"));
    expect(delivery.settled).toBeUndefined();
    expect(transport.last.json).toEqual({
      status: 500,
      title: "Response too large",
      detail: "the response is larger than the limit on its way",
      executed: "yes",
    });
    expect(transport.last.message.correlationId).toBe("id-1");
    transport.last.outcome(ACCEPTED);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([]);
  });

  it("that is refused for another reason is replaced by a plain 500, once", async () => {
    const { delivery, first, lost, transport } = await answered();
    first.outcome(refused("BadRequest"));
    expect(transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
    const again = refused("BadRequest");
    transport.last.outcome(again);
    expect(transport.replies).toHaveLength(2);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([again]);
  });

  it.each(["Overloaded", "Unavailable"] as const)(
    "is sent again, unchanged, when its broker refuses it for a while: %s",
    async (code) => {
      const { delivery, first, transport, clock, lost } = await answered({ ttlMs: 60_000 });
      for (let n = 1; n <= 8; n++) {
        transport.last.outcome(refused(code));
        expect(transport.replies).toHaveLength(n);
        clock.advance(1_000);
        expect(transport.replies).toHaveLength(n + 1);
      }
      expect(transport.last).toMatchObject({ address: "inbox", message: first.message });
      transport.last.outcome(ACCEPTED);
      expect(delivery.settled).toBe("accept");
      expect(lost()).toEqual([]);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("waits longer after each refusal that passes, a second at most", async () => {
    const { transport, clock } = await answered({ ttlMs: 60_000 });
    const pauses: number[] = [];
    for (let n = 1; n <= 8; n++) {
      transport.last.outcome(refused("Overloaded"));
      const fromMs = clock.now();
      while (transport.replies.length === n && clock.now() < 10_000) clock.advance(10);
      pauses.push(clock.now() - fromMs);
    }
    expect(pauses).toEqual([20, 40, 80, 160, 320, 640, 1_000, 1_000]);
  });

  it("that is refused until its caller's time is over is lost, not replaced", async () => {
    const { delivery, first, transport, clock, lost } = await answered({ ttlMs: 50 });
    const outcome = refused("Overloaded");
    first.outcome(outcome);
    clock.advance(20);
    transport.last.outcome(outcome);
    clock.advance(100);
    expect(transport.replies).toHaveLength(2);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([outcome]);
    expect(clock.timerCount).toBe(0);
  });

  it("that is larger than maxBodyBytes is replaced before it is sent", async () => {
    const setup = await serving(() => new Uint8Array(101), { maxBodyBytes: 100 });
    setup.deliver();
    expect(setup.transport.replies).toHaveLength(1);
    expect(setup.transport.last.json).toMatchObject({
      status: 500,
      title: "Response too large",
      executed: "yes",
    });
  });

  it.each([
    ["unsent", UNSENT],
    ["unknown", unknown],
  ])("is sent again, unchanged, when the connection is up again: it was %s", async (_, outcome) => {
    const { delivery, first, transport, lost } = await answered();
    transport.state = "down";
    first.outcome(outcome);
    await settle();
    expect(transport.replies).toHaveLength(1);
    expect(delivery.settled).toBeUndefined();
    transport.up();
    expect(transport.replies).toHaveLength(2);
    expect(transport.last).toMatchObject({ address: "inbox", message: first.message });
    transport.last.outcome(ACCEPTED);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([]);
  });

  it("is sent again, but not at once, when the connection is up already", async () => {
    const { first, transport, clock } = await answered();
    first.outcome(unknown);
    await settle();
    expect(transport.replies).toHaveLength(1);
    clock.advance(20);
    expect(transport.replies).toHaveLength(2);
  });

  it("is sent again three times at most when nobody can say what became of it", async () => {
    const { delivery, transport, lost, clock } = await answered();
    for (let i = 0; i < 4; i++) {
      transport.last.outcome(unknown);
      clock.advance(20);
    }
    expect(transport.replies).toHaveLength(4);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([unknown]);
  });

  it("is sent again as often as it was not sent", async () => {
    const { delivery, transport } = await answered();
    for (let i = 0; i < 10; i++) {
      transport.state = "down";
      transport.last.outcome(UNSENT);
      transport.up();
    }
    expect(transport.replies).toHaveLength(11);
    transport.last.outcome(ACCEPTED);
    expect(delivery.settled).toBe("accept");
  });

  it.each([
    ["unsent", UNSENT],
    ["unknown", unknown],
  ])("is not sent again when the caller waits no longer: it was %s", async (_, outcome) => {
    const { delivery, first, transport, clock, lost } = await answered({ ttlMs: 100 });
    clock.advance(100);
    transport.state = "down";
    first.outcome(outcome);
    transport.up();
    await settle();
    expect(transport.replies).toHaveLength(1);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([outcome]);
  });

  it("is not sent again when the caller's time ends before the connection is up", async () => {
    const { delivery, first, transport, clock, lost } = await answered({ ttlMs: 100 });
    transport.state = "down";
    first.outcome(UNSENT);
    clock.advance(200);
    transport.up();
    await settle();
    expect(transport.replies).toHaveLength(1);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([UNSENT]);
  });

  it("is lost at its deadline, although the connection stays down", async () => {
    const { delivery, first, transport, clock, lost } = await answered({ ttlMs: 100 });
    transport.state = "down";
    first.outcome(UNSENT);
    clock.advance(90);
    expect(delivery.settled).toBeUndefined();
    clock.advance(20);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([UNSENT]);
    expect(clock.timerCount).toBe(0);
  });

  it("is lost after a minute when its caller does not say how long he waits", async () => {
    const { delivery, first, transport, clock, lost } = await answered();
    transport.state = "down";
    first.outcome(UNSENT);
    clock.advance(59_000);
    expect(delivery.settled).toBeUndefined();
    clock.advance(1_010);
    expect(delivery.settled).toBe("accept");
    expect(lost()).toEqual([UNSENT]);
  });

  it.each(["before", "after"])(
    "is lost at once when its transport was closed %s it was sent",
    async (when) => {
      const { delivery, first, transport, lost, clock } = await answered({ ttlMs: 60_000 });
      if (when === "before") await transport.close();
      transport.state = when === "before" ? "closed" : "down";
      first.outcome(UNSENT);
      if (when === "after") await transport.close();
      await settle();
      expect(delivery.settled).toBeDefined();
      expect(lost()).toEqual([UNSENT]);
      expect(transport.replies).toHaveLength(1);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("is not sent again after the server has closed", async () => {
    const { delivery, first, transport, server, clock } = await answered();
    transport.state = "down";
    first.outcome(UNSENT);
    await server.close();
    expect(delivery.settled).toBe("release");
    transport.up();
    await settle();
    expect(transport.replies).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("whose word comes after the server has closed is not sent again either", async () => {
    const { first, transport, server } = await answered();
    await server.close();
    first.outcome(unknown);
    await settle();
    transport.up();
    await settle();
    expect(transport.replies).toHaveLength(1);
  });
});
