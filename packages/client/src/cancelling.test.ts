import { getEventListeners } from "node:events";
import { ACCEPTED, UNROUTABLE, UNSENT } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import { createClient } from "./index.js";

/** A call in the hands of the transport, which can be given up. */
async function calling(kind: "sync" | "void" = "sync") {
  const setup = scripted();
  const controller = new AbortController();
  const builder = setup.client.call("m").withSignal(controller.signal);
  const call = watch<unknown>(kind === "sync" ? builder.sync() : builder.void());
  await settle();
  return { ...setup, call, controller, request: setup.transport.last };
}

describe("giving a call up", () => {
  it("ends it at once with Cancelled, executed maybe, and tells the servers of its service, once", async () => {
    const { call, controller, transport, request, clock } = await calling();
    request.outcome(ACCEPTED);
    controller.abort();
    await settle();
    expect(call.error).toMatchObject({
      code: "Cancelled",
      executed: "maybe",
      retryable: false,
      message: "S.m: the caller gave up (after 0 ms, taken by the broker)",
    });
    expect(transport.published).toEqual([{ topic: "porthos.cancel.S", id: request.message.correlationId }]);
    expect(transport.frames).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("tells them of one that the broker has not confirmed, too", async () => {
    const { controller, transport } = await calling();
    controller.abort();
    await settle();
    expect(transport.published).toHaveLength(1);
  });

  it("can be done by a slot, and by leaving its scope", async () => {
    const { client, transport, clock } = scripted();
    const slot = await client.call("m").async();
    await settle();
    slot.cancel();
    slot.cancel();
    await expect(slot.response).rejects.toMatchObject({ code: "Cancelled", executed: "maybe" });
    {
      await using left = await client.call("m").async();
      void left.response.catch(() => {});
      await settle();
    }
    await settle();
    expect(transport.published.map(({ id }) => id)).toEqual(
      transport.sent.map(({ message }) => message.correlationId),
    );
    expect(transport.published).toHaveLength(2);
    expect(clock.timerCount).toBe(0);
  });

  it("tells nobody when its answer has just come, even if the caller does not know it yet", async () => {
    const { call, controller, transport, request } = await calling();
    request.reply(200, "answer");
    controller.abort();
    await settle();
    expect([call.state, transport.published]).toEqual(["resolved", []]);
  });

  it("is over when the call has ended: its signal is not listened to, and nobody is told", async () => {
    const { call, controller, transport, request } = await calling();
    request.reply(200, "answer");
    await settle();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    controller.abort();
    await settle();
    expect([call.state, transport.published]).toEqual(["resolved", []]);
  });

  it("by a signal that was aborted before sends nothing", async () => {
    const { client, transport, clock } = scripted();
    const signal = AbortSignal.abort();
    for (const call of [
      client.call("m").withSignal(signal).sync(),
      client.call("m").withSignal(signal).void(),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: "Cancelled",
        executed: "no",
        message: "S.m: the caller gave up before it was sent (after 0 ms, waiting for the connection)",
      });
    }
    expect(transport).toMatchObject({ sent: [], published: [] });
    expect(clock.timerCount).toBe(0);
  });
});

describe("nobody is told of a call that is given up", () => {
  it("where it is one-way: it may as well be done", async () => {
    const { call, controller, transport, clock } = await calling("void");
    controller.abort();
    await settle();
    expect(call.error).toMatchObject({ code: "Cancelled", executed: "maybe" });
    expect([transport.published, clock.timerCount]).toEqual([[], 0]);
  });

  it("while it was not sent", async () => {
    const { client, transport, clock } = scripted();
    transport.state = "down";
    const slot = await client.call("m").async();
    await settle();
    slot.cancel();
    await expect(slot.response).rejects.toMatchObject({ code: "Cancelled", executed: "no" });
    transport.up();
    await settle();
    expect(transport).toMatchObject({ sent: [], published: [] });
    expect(clock.timerCount).toBe(0);
  });

  it("when the transport says that it did not send it", async () => {
    const { call, controller, transport, request } = await calling();
    transport.state = "down";
    request.outcome(UNSENT);
    transport.state = "up";
    controller.abort();
    await settle();
    expect(call.error).toMatchObject({ code: "Cancelled", executed: "no" });
    expect(transport.published).toEqual([]);
  });

  it("when it has ended otherwise", async () => {
    const { call, controller, transport, request } = await calling();
    request.outcome(UNROUTABLE);
    controller.abort();
    await settle();
    expect(call.error).toMatchObject({ code: "NoService" });
    expect(transport.published).toEqual([]);
  });

  it("at its deadline: its server counts the same time", async () => {
    const { call, transport, clock } = await calling();
    clock.advance(1_110);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout" });
    expect(transport.published).toEqual([]);
  });

  it("where the transport has no topics", async () => {
    const { call, controller, transport } = await calling();
    transport.features = { ...transport.features, topics: false };
    controller.abort();
    await settle();
    expect(call.error).toMatchObject({ code: "Cancelled" });
    expect(transport.published).toEqual([]);
  });

  it("while the connection is down", async () => {
    const { call, controller, transport } = await calling();
    transport.state = "down";
    controller.abort();
    await settle();
    expect(call.error).toMatchObject({ code: "Cancelled", executed: "maybe" });
    expect(transport.published).toEqual([]);
  });
});

describe("closing a client", () => {
  it("tells the servers of each call that was sent and wants an answer, and of no other client's", async () => {
    const { client, transport, clock } = scripted();
    const other = createClient({ transport, service: "T", timeoutMs: 1_000, clock });
    void watch(client.call("a").sync());
    void watch(client.call("b").void());
    void watch(client.call("c").sync());
    void watch(other.call("d").sync());
    await settle();
    const idOf = (method: string) =>
      transport.sent.find(({ message }) => message.headers.get("X-Method") === method)?.message.correlationId;
    transport.state = "down";
    void watch(client.call("not sent").sync());
    transport.state = "up";
    await client.close();
    expect(transport.published).toEqual([
      { topic: "porthos.cancel.S", id: idOf("a") },
      { topic: "porthos.cancel.S", id: idOf("c") },
    ]);
    await other.close();
    expect(transport.published.at(-1)).toEqual({ topic: "porthos.cancel.T", id: idOf("d") });
    expect(clock.timerCount).toBe(0);
  });

  it("tells nobody of calls that were answered", async () => {
    const { client, transport } = scripted();
    const call = watch(client.call("a").sync());
    await settle();
    transport.last.reply();
    await settle();
    await client.close();
    expect([call.state, transport.published]).toEqual(["resolved", []]);
  });
});

describe("a call of a client with several transports", () => {
  it("is told to be given up where it was sent", async () => {
    const [one, other] = [new ScriptedTransport(), new ScriptedTransport()];
    const { client, clock } = scripted({ transport: [one, other] });
    const slot = await client.call("m").async();
    await settle();
    one.last.outcome(UNROUTABLE);
    await settle();
    slot.cancel();
    await expect(slot.response).rejects.toMatchObject({ code: "Cancelled" });
    expect(one.published).toEqual([]);
    expect(other.published).toEqual([{ topic: "porthos.cancel.S", id: other.last.message.correlationId }]);
    await client.close();
    expect(clock.timerCount).toBe(0);
  });
});
