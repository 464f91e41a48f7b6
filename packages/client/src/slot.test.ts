import { describe, expect, it } from "vitest";
import { scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";

describe("Slot", () => {
  it("is there at once, and gives the response when it comes", async () => {
    const { client, transport, clock } = scripted();
    const slot = await client.call("add").withArgs(1, 2).async();
    const response = watch(slot.response);
    await settle();
    expect(response.state).toBe("pending");
    transport.last.reply(200, 3);
    expect((await slot.response).json()).toBe(3);
    expect(clock.timerCount).toBe(0);
  });

  it("ends its call with Cancelled, once, when it is cancelled; a reply that comes all the same is late", async () => {
    const { client, transport, clock } = scripted();
    const strays: string[] = [];
    client.on("stray", ({ kind }) => strays.push(kind));
    const slot = await client.call("m").async();
    await settle();
    clock.advance(30);
    slot.cancel();
    slot.cancel();
    await expect(slot.response).rejects.toMatchObject({
      code: "Cancelled",
      status: 499,
      executed: "maybe",
      retryable: false,
      message: "S.m: the caller gave up (after 30 ms, sent, not confirmed by the broker)",
    });
    transport.last.reply();
    expect(strays).toEqual(["late"]);
    expect(clock.timerCount).toBe(0);
  });

  it("is not executed when it is cancelled before it was sent, and is not sent afterwards", async () => {
    const { client, transport, clock } = scripted();
    transport.state = "down";
    const slot = await client.call("m").async();
    slot.cancel();
    await expect(slot.response).rejects.toMatchObject({ code: "Cancelled", executed: "no" });
    transport.up();
    await settle();
    expect(transport.sent).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("changes nothing when it is cancelled after the response", async () => {
    const { client, transport } = scripted();
    const slot = await client.call("m").async();
    await settle();
    transport.last.reply(200, "answer");
    await slot.response;
    slot.cancel();
    expect((await slot.response).json()).toBe("answer");
  });

  it("is cancelled by the end of its await using, if need be", async () => {
    const { client, transport } = scripted();
    let left: { readonly response: Promise<unknown> };
    {
      await using slot = await client.call("m").async();
      left = slot;
      await settle();
    }
    await expect(left.response).rejects.toMatchObject({ code: "Cancelled" });
    let answered: { readonly response: Promise<unknown> };
    {
      await using slot = await client.call("m").async();
      answered = slot;
      await settle();
      transport.last.reply();
      await slot.response;
    }
    await expect(answered.response).resolves.toMatchObject({ statusCode: 200 });
  });

  it("may be left without a look at its response: its failure is no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on("unhandledRejection", listener);
    const { client } = scripted();
    const slot = await client.call("m").async();
    await settle();
    slot.cancel();
    await settle();
    process.off("unhandledRejection", listener);
    expect(unhandled).toEqual([]);
  });
});
