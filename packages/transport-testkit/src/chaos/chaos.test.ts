import type { Delivery, Message, SendOutcome } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, test } from "vitest";
import { Loopback } from "../../test/loopback.js";
import { message, numbered, textOf } from "../bench/messages.js";
import { type ChaosOptions, chaos } from "../chaos.js";

/** A transport with those faults, one consumer that accepts everything, and what came of it. */
async function rig(options: Partial<ChaosOptions> = {}) {
  const inner = new Loopback();
  const clock = new ManualClock();
  const transport = chaos(inner, { seed: 7, clock, ...options });
  const deliveries: Delivery[] = [];
  const outcomes: SendOutcome[] = [];
  transport.acquire();
  await transport.consume("queue", { credit: 1 }, (delivery) => {
    deliveries.push(delivery);
    delivery.accept();
  });
  const listener = { onOutcome: (outcome: SendOutcome) => void outcomes.push(outcome) };
  const send = (what: Message): void => transport.send("queue", what, listener);
  const kinds = (): string[] => outcomes.map(({ kind }) => kind);
  const texts = (): string[] => deliveries.map((each) => textOf(each.message));
  return { inner, clock, transport, deliveries, listener, send, kinds, texts };
}

describe("chaos", () => {
  test("without faults it is the transport itself", async () => {
    const { send, kinds, texts, transport } = await rig();
    for (const each of numbered(50)) send(each);
    expect(texts()).toEqual(numbered(50).map(textOf));
    expect(new Set(kinds())).toEqual(new Set(["accepted"]));
    expect(Object.values(transport.faults)).toEqual(Object.values(transport.faults).map(() => 0));
  });

  test("the same seed makes the same faults, another seed makes others", async () => {
    const run = async (seed: number): Promise<string[]> => {
      const { send, texts, kinds } = await rig({
        seed,
        dropSend: 0.3,
        refuse: 0.1,
        unknown: 0.1,
        duplicate: 0.2,
      });
      for (const each of numbered(200)) send(each);
      return [...texts(), ...kinds()];
    };
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });

  test("one kind of fault does not change when the others happen", async () => {
    const lost = async (options: Partial<ChaosOptions>): Promise<Set<string>> => {
      const { send, texts } = await rig({ dropSend: 0.3, ...options });
      for (const each of numbered(100)) send(each);
      return new Set(texts());
    };
    expect(await lost({ unknown: 0.5, duplicate: 0.5 })).toEqual(await lost({}));
  });

  test("a dropped send is accepted, counted, and never arrives", async () => {
    const { send, kinds, texts, inner, transport } = await rig({ dropSend: 1 });
    for (const each of numbered(5)) send(each);
    expect([kinds(), texts(), inner.sent]).toEqual([Array(5).fill("accepted"), [], []]);
    expect(transport.faults.dropSend).toBe(5);
  });

  test("replies and publishes are dropped by shares of their own", async () => {
    const { transport, inner, listener, kinds } = await rig({ dropReply: 1, dropPublish: 1 });
    transport.reply("anywhere", message(), listener);
    transport.publish("topic", message(), listener);
    transport.send("queue", message("sends are not"), listener);
    expect(inner.sent.map(textOf)).toEqual(["sends are not"]);
    expect(kinds()).toEqual(["accepted", "accepted", "accepted"]);
  });

  test("a refused send says so, and does not arrive", async () => {
    const { send, kinds, texts } = await rig({ refuse: 1 });
    send(message());
    expect([kinds(), texts()]).toEqual([["refused"], []]);
  });

  test("a send whose outcome is lost arrives", async () => {
    const { send, kinds, texts } = await rig({ unknown: 1 });
    send(message("arrives"));
    expect([kinds(), texts()]).toEqual([["unknown"], ["arrives"]]);
  });

  test("about as many faults happen as the share says", async () => {
    const { send, transport } = await rig({ dropSend: 0.25 });
    for (const each of numbered(4_000)) send(each);
    expect(transport.faults.dropSend).toBeGreaterThan(900);
    expect(transport.faults.dropSend).toBeLessThan(1_100);
  });

  test("a delivery whose acceptance is lost comes again, once, with the flag", async () => {
    const { send, deliveries, inner } = await rig({ duplicate: 1 });
    send(message());
    expect(deliveries.map(({ redelivered }) => redelivered)).toEqual([false, true]);
    expect(inner.settled).toEqual(["release", "accept"]);
  });

  test("an inbox message that comes twice comes with bytes of its own", async () => {
    const { transport } = await rig({ duplicate: 1 });
    const texts: string[] = [];
    const inbox = await transport.openInbox({
      onMessage: ({ body }) => {
        texts.push(new TextDecoder().decode(body));
        body.fill(0);
      },
    });
    transport.reply(inbox.address ?? "", message("twice"));
    expect(texts).toEqual(["twice", "twice"]);
  });

  test("a callback of the user's that throws is told as an event, and harms nobody", async () => {
    const { transport } = await rig({ refuse: 1 });
    const told: string[] = [];
    transport.on("degraded", ({ what }) => void told.push(what));
    const onOutcome = (): never => {
      throw new Error("gotcha");
    };
    expect(() => transport.send("queue", message(), { onOutcome })).not.toThrow();
    expect(told).toEqual(["an onOutcome"]);
  });

  test.each([
    [{ seed: -1 }],
    [{ seed: 1.5 }],
    [{} as ChaosOptions],
    [{ seed: 1, dropSend: 1.1 }],
    [{ seed: 1, duplicate: Number.NaN }],
    [{ seed: 1, delayMs: -1 }],
    [{ seed: 1, downMs: 0 }],
    [{ seed: 1, dropsend: 1 } as ChaosOptions],
  ])("refuses the options %j", (options) => {
    expect(() => chaos(new Loopback(), options)).toThrow(TypeError);
  });
});

describe("chaos with delays", () => {
  test("hands messages on late, each after its own time", async () => {
    const { send, texts, clock } = await rig({ delayMs: 100 });
    for (const each of numbered(20)) send(each);
    expect(texts()).toEqual([]);
    clock.advance(100);
    expect(texts().length).toBe(20);
    expect(texts()).not.toEqual(numbered(20).map(textOf));
  });

  test("leaves no timer when it is closed, and hands nothing on any more", async () => {
    const { send, texts, clock, transport } = await rig({ delayMs: 100 });
    for (const each of numbered(5)) send(each);
    await transport.close();
    expect(clock.timerCount).toBe(0);
    clock.advance(1_000);
    expect(texts()).toEqual([]);
  });

  test("releases what was late for a consumer that has been cancelled", async () => {
    const { transport, inner, clock } = await rig({ delayMs: 100 });
    const other = await transport.consume("other", { credit: 1 }, (delivery) => delivery.accept());
    transport.send("other", message());
    await other.cancel();
    clock.advance(100);
    expect(inner.settled).toEqual(["release"]);
  });
});

describe("chaos.disconnect", () => {
  test("takes the transport down for a time, and tells so", async () => {
    const { transport, clock } = await rig({ downMs: 30 });
    const told: string[] = [];
    transport.on("down", ({ reason }) => void told.push(`down: ${reason.code}`));
    transport.on("up", ({ epoch }) => void told.push(`up ${epoch}`));
    transport.disconnect();
    expect(transport.state).toBe("down");
    transport.disconnect();
    const ready = transport.ready();
    clock.advance(30);
    await ready;
    expect([transport.state, told]).toEqual(["up", ["down: Unavailable", "up 2"]]);
    expect(clock.timerCount).toBe(0);
  });

  test("what is sent meanwhile is unsent; consumers are restored", async () => {
    const { transport, clock, send, kinds, texts } = await rig();
    transport.disconnect();
    send(message("too early"));
    clock.advance(50);
    await transport.ready();
    send(message("in time"));
    expect([kinds(), texts()]).toEqual([["unsent", "accepted"], ["in time"]]);
  });

  test("what was unsettled goes back, and settling it later does nothing", async () => {
    const { transport, inner } = await rig();
    const held: Delivery[] = [];
    await transport.consume("held", { credit: 5 }, (delivery) => void held.push(delivery));
    transport.send("held", message());
    transport.disconnect();
    held[0]?.accept();
    expect(inner.settled[0]).toBe("release");
    expect(inner.settled).not.toContain("accept");
    await transport.close();
  });

  test("inboxes lose their address and get another one", async () => {
    const { transport, clock } = await rig();
    const told: string[] = [];
    const inbox = await transport.openInbox({
      onMessage: () => {},
      onOpen: (_, epoch) => void told.push(`open ${epoch}`),
      onLost: (epoch) => void told.push(`lost ${epoch}`),
    });
    const first = inbox.address;
    transport.disconnect();
    expect(inbox.address).toBeUndefined();
    clock.advance(50);
    await transport.ready();
    expect(told).toEqual(["open 1", "lost 1", "open 2"]);
    expect(inbox.address).not.toBe(first);
  });

  test("happens by itself for a share of the sends", async () => {
    const { transport, clock, send, kinds } = await rig({ disconnect: 0.1 });
    for (const each of numbered(200)) {
      send(each);
      if (transport.state !== "down") continue;
      clock.advance(50);
      await transport.ready();
    }
    expect(transport.faults.disconnect).toBeGreaterThan(5);
    expect(kinds().filter((kind) => kind === "unsent").length).toBe(transport.faults.disconnect);
  });

  test("does nothing to a transport that is idle or closed", async () => {
    const transport = chaos(new Loopback(), { seed: 1 });
    transport.disconnect();
    expect(transport.state).toBe("idle");
    await transport.close();
    transport.disconnect();
    expect(transport.state).toBe("closed");
  });
});
