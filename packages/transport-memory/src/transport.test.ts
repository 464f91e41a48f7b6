import { RpcError } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { message, textOf } from "../test/messages.js";
import { consume, declare, openInbox, Stage, send, settled } from "../test/stage.js";
import { memory } from "./index.js";

describe("a transport", () => {
  it("has the name memory and every feature", () => {
    const { name, features } = memory();
    expect(name).toBe("memory");
    expect(features).toEqual({
      confirmedSends: true,
      unroutableSends: true,
      unroutableReplies: true,
      expiry: true,
      typedHeaders: true,
      nestedHeaders: true,
      topics: true,
    });
  });

  it("is idle until somebody wants it, and idle again when the last has left", async () => {
    const transport = new Stage().idle();
    expect(transport.state).toBe("idle");
    const [first, second] = [transport.acquire(), transport.acquire()];
    expect(transport.state).toBe("connecting");
    await transport.ready();
    expect(transport.state).toBe("up");
    await first.release();
    await first.release();
    expect(transport.state).toBe("up");
    await second.release();
    expect(transport.state).toBe("idle");
  });

  it("gives up what it has at the broker while it is idle, and has it again with the next lease", async () => {
    const stage = new Stage();
    const transport = stage.idle();
    const lease = transport.acquire();
    const { deliveries } = await consume(transport, "q");
    const lost: string[] = [];
    const { messages } = await openInbox(transport, {
      onLost: (epoch, { code }) => lost.push(`${epoch} ${code}`),
    });
    transport.send("q", message("a"));
    await deliveries.next();
    await lease.release();
    expect(lost).toEqual(["1 Unavailable"]);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 1, unsettled: 0, consumers: 0 });
    transport.acquire();
    await transport.ready();
    expect(textOf((await deliveries.next()).message)).toBe("a");
    expect(messages.count).toBe(0);
  });

  it("connects again after each loss, and counts its connections", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const epochs: number[] = [];
    transport.on("up", ({ epoch }) => epochs.push(epoch));
    for (let i = 0; i < 3; i++) {
      stage.broker.disconnect();
      expect(transport.state).toBe("down");
      await stage.pass(10);
      expect(transport.state).toBe("up");
    }
    expect(epochs).toEqual([2, 3, 4]);
  });

  it("stops telling an event to who has had enough", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    let downs = 0;
    const stop = transport.on("down", () => downs++);
    stage.broker.disconnect();
    stop();
    await stage.pass(10);
    stage.broker.disconnect();
    expect(downs).toBe(1);
  });

  it("opens nothing on a connection that is cut by what hears that it is there", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    await openInbox(transport, { onOpen: (_, epoch) => epoch === 2 && stage.broker.disconnect() });
    await consume(transport, "q");
    const ups: number[] = [];
    transport.on("up", ({ epoch }) => ups.push(epoch));
    stage.broker.disconnect();
    await stage.pass(10);
    expect([transport.state, stage.broker.queue("q")?.consumers]).toEqual(["down", 0]);
    await stage.pass(10);
    expect([transport.state, stage.broker.queue("q")?.consumers]).toEqual(["up", 1]);
    expect(ups).toEqual([3]);
  });
});

describe("close()", () => {
  it("gives unsettled deliveries back to the queue, as redelivered", async () => {
    const stage = new Stage();
    const [transport, other] = [await stage.up(), await stage.up()];
    const { deliveries } = await consume(transport, "q");
    transport.send("q", message("a"));
    const delivery = await deliveries.next();
    await transport.close();
    delivery.accept();
    const next = await (await consume(other, "q")).deliveries.next();
    expect([textOf(next.message), next.redelivered]).toEqual(["a", true]);
  });

  it("waits for the outcomes of what was sent", async () => {
    const transport = await new Stage().up();
    await declare(transport, "q");
    const kinds: string[] = [];
    for (let i = 0; i < 3; i++)
      transport.send("q", message(""), { onOutcome: ({ kind }) => kinds.push(kind) });
    await transport.close();
    expect(kinds).toEqual(["accepted", "accepted", "accepted"]);
  });

  it("does not wait for long: what has no outcome then ends unknown", async () => {
    const stage = new Stage({ latencyMs: 5_000 });
    const transport = await stage.up();
    const outcome = send(transport, "q", "slow");
    const closing = transport.close();
    await stage.pass(1_000);
    await closing;
    expect(await outcome).toMatchObject({
      kind: "unknown",
      error: { code: "Unavailable", executed: "maybe" },
    });
    expect(stage.clock.timerCount).toBe(0);
  });

  it("ends every inbox with Closed, and everything afterwards fails with it", async () => {
    const transport = await new Stage().up();
    const lost: string[] = [];
    await openInbox(transport, { onLost: (_, { code }) => lost.push(code) });
    await transport.close();
    expect(lost).toEqual(["Closed"]);
    const attempts = [
      async () => transport.acquire(),
      () => transport.ready(),
      () => transport.consume("q", { credit: 1 }, () => {}),
      () => transport.openInbox({ onMessage: () => {} }),
      () => transport.subscribe("t", () => {}),
    ];
    for (const attempt of attempts) {
      const error = await attempt().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RpcError);
      expect(error).toMatchObject({ code: "Closed" });
    }
  });

  it("ends who waits for the transport, whatever it is doing", async () => {
    const stage = new Stage();
    stage.broker.stop();
    const transport = stage.idle();
    const waiting = [transport.ready(), openInbox(transport), consume(transport, "q")].map((each) =>
      each.then(
        () => "fine",
        (error: RpcError) => error.code,
      ),
    );
    await stage.pass(50);
    await transport.close();
    expect(await Promise.all(waiting)).toEqual(["Closed", "Closed", "Closed"]);
    expect(stage.clock.timerCount).toBe(0);
  });

  it("may be called twice, at once, before the start, while connecting and while reconnecting", async () => {
    const stage = new Stage();
    const idle = stage.idle();
    await Promise.all([idle.close(), idle.close()]);
    const connecting = stage.idle();
    const lease = connecting.acquire();
    await Promise.all([connecting.close(), connecting.close()]);
    await lease.release();
    const reconnecting = await stage.up();
    stage.broker.disconnect();
    await reconnecting.close();
    await reconnecting.close();
    await settled();
    expect([idle, connecting, reconnecting].map(({ state }) => state)).toEqual([
      "closed",
      "closed",
      "closed",
    ]);
    expect(stage.clock.timerCount).toBe(0);
  });

  it("is not disturbed by a broker that stops meanwhile", async () => {
    const stage = new Stage({ latencyMs: 100 });
    const transport = await stage.up();
    const outcome = send(transport, "q", "");
    const closing = transport.close();
    await settled();
    stage.broker.stop();
    await closing;
    expect((await outcome).kind).toBe("unknown");
    expect(stage.clock.timerCount).toBe(0);
  });

  it("takes no more deliveries while it waits, and what is settled then counts", async () => {
    const stage = new Stage({ latencyMs: 100 });
    const [transport, other] = [await stage.up(), await stage.up()];
    const { deliveries } = await consume(transport, "q", 1);
    for (const text of ["1", "2"]) other.send("q", message(text));
    for (const ms of [100, 100]) await stage.pass(ms);
    transport.send("q", message("3"));
    const closing = transport.close();
    deliveries.all[0]?.accept();
    for (const ms of [100, 100]) await stage.pass(ms);
    await closing;
    expect(deliveries.count).toBe(1);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 2, unsettled: 0 });
  });
});
