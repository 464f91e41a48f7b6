import { type Frame, frameMessage, NO_BODY, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { connectionLost } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import { FrameInbox } from "./frame-inbox.js";

function setup() {
  const transport = new ScriptedTransport();
  const frames: { readonly id: string | undefined; readonly frame: Frame }[] = [];
  const lost: unknown[] = [];
  const inbox = new FrameInbox(transport, {
    onFrame: (frame, { correlationId }) => frames.push({ id: correlationId, frame }),
    onFramesLost: (reason) => lost.push(reason),
  });
  return { transport, inbox, frames, lost };
}

describe("the inbox for frames", () => {
  it("is opened by the first who needs it, once for all, and then kept", async () => {
    const { transport, inbox } = setup();
    expect([transport.inboxes, inbox.address]).toEqual([[], undefined]);
    const both = await Promise.all([inbox.open(), inbox.open()]);
    expect([...both, inbox.address, await inbox.open()]).toEqual(Array(4).fill("frames-1.1"));
    expect(transport.inboxes).toHaveLength(1);
  });

  it("brings each frame with the id of its call, and nothing else", async () => {
    const { transport, inbox, frames } = setup();
    await inbox.open();
    const { handler } = transport.inbox;
    handler.onMessage(
      frameMessage(
        { kind: "credit", total: 5 },
        { correlationId: "a", replyTo: undefined, ttlMs: undefined },
      ),
    );
    handler.onMessage({
      body: NO_BODY,
      contentType: undefined,
      correlationId: "a",
      replyTo: undefined,
      ttlMs: undefined,
      headers: new Map([["statusCode", 200]]),
      durable: false,
    });
    expect(frames).toEqual([{ id: "a", frame: { kind: "credit", total: 5 } }]);
  });

  it("tells that its address is lost, and has the next one when it is open again", async () => {
    const { transport, inbox, lost } = setup();
    await inbox.open();
    transport.inbox.lose(connectionLost);
    expect([inbox.address, lost]).toEqual([undefined, [connectionLost]]);
    transport.inbox.open();
    expect(inbox.address).toBe("frames-1.2");
    expect(await inbox.open()).toBe("frames-1.2");
    expect(transport.inboxes).toHaveLength(1);
  });

  it("gives its next address to those who ask while it is lost, and is not opened a second time for that", async () => {
    const { transport, inbox } = setup();
    await inbox.open();
    transport.inbox.lose(connectionLost);
    const waiting = [inbox.open(), inbox.open()];
    await settle();
    expect(transport.inboxes).toHaveLength(1);
    transport.inbox.open();
    expect(await Promise.all(waiting)).toEqual(["frames-1.2", "frames-1.2"]);
    await inbox.close();
    expect(transport.inboxes.map(({ closes }) => closes)).toEqual([1]);
  });

  it("that is closed while it is lost fails those who wait for it", async () => {
    const { transport, inbox } = setup();
    await inbox.open();
    transport.inbox.lose(connectionLost);
    const waiting = watch(inbox.open());
    await settle();
    await inbox.close();
    await settle();
    expect(waiting.error).toMatchObject({ code: "Closed" });
  });

  it("that cannot be opened fails all who wait for it, and is tried again for the next one", async () => {
    const { transport, inbox } = setup();
    transport.holdInboxes = true;
    const denied = new RpcError("Config", "no permission to declare a queue");
    const waiting = [watch(inbox.open()), watch(inbox.open())];
    const again = waiting.map(() => {
      // As soon as the first one knows, he tries again; the second one knows a little later.
      return transport.inbox.opened.catch(() => inbox.open());
    });
    transport.inbox.fail(denied);
    await settle();
    expect(waiting.map(({ error }) => error)).toEqual([denied, denied]);
    expect(transport.inboxes).toHaveLength(2);
    transport.inbox.open();
    expect(await Promise.all(again)).toEqual(["frames-2.1", "frames-2.1"]);
    await inbox.close();
    expect(transport.inbox.closes).toBe(1);
  });
});

describe("closing the inbox for frames", () => {
  it("closes it", async () => {
    const { transport, inbox } = setup();
    await inbox.open();
    await inbox.close();
    expect(transport.inbox.closes).toBe(1);
  });

  it("has nothing to do if it was never opened", async () => {
    const { transport, inbox } = setup();
    await inbox.close();
    expect(transport.inboxes).toEqual([]);
  });

  it("does not wait for one that is being opened, which may be long: that is closed when it opens", async () => {
    const { transport, inbox } = setup();
    transport.holdInboxes = true;
    void watch(inbox.open());
    const close = watch(inbox.close());
    await settle();
    expect(close.state).toBe("resolved");
    transport.inbox.open();
    await settle();
    expect(transport.inbox.closes).toBe(1);
  });

  it("is not kept from its end by one that cannot be opened", async () => {
    const { transport, inbox } = setup();
    transport.holdInboxes = true;
    void watch(inbox.open());
    transport.inbox.fail(connectionLost);
    await settle();
    await inbox.close();
    expect(transport.inbox.closes).toBe(0);
  });
});
