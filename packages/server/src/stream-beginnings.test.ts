import { type Inbox, jsonCodec, RpcError, type ServerEvents } from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { type Scripted, scripted } from "../test/setup.js";
import { settle } from "../test/watch.js";

const opens = new Map([["porthos-stream", 8]]);

/** A server with a stream `m`, whose inbox for frames is what the test makes of it. */
async function streaming(inbox: Promise<Inbox>): Promise<Scripted & { readonly run: () => void }> {
  const setup = scripted();
  setup.transport.openInbox = () => inbox;
  const run = vi.fn<() => void>();
  setup.server.registerStream("m", () => {
    run();
    return [];
  });
  await setup.server.listen();
  return { ...setup, run };
}

const problemOf = ({ transport }: Scripted): unknown => jsonCodec.decode(transport.last.message.body);

describe("a stream that could not begin", () => {
  it("is not executed when its time is over before that", async () => {
    const setup = await streaming(new Promise(() => {}));
    const expired: ServerEvents["expired"][] = [];
    setup.server.on("expired", (event) => expired.push(event));
    setup.deliver({ headers: opens, ttlMs: 100 });
    await settle();
    setup.clock.advance(120);
    expect(problemOf(setup)).toMatchObject({ status: 504, title: "Request expired", executed: "no" });
    expect(expired).toHaveLength(1);
    expect(setup.run).not.toHaveBeenCalled();
    await setup.server.close();
    expect(setup.clock.timerCount).toBe(0);
  });

  it("is not executed when the inbox cannot be opened", async () => {
    const setup = await streaming(Promise.reject(new RpcError("Config", "not allowed")));
    setup.deliver({ headers: opens });
    await settle();
    expect(problemOf(setup)).toMatchObject({ status: 503, title: "Stream broken", executed: "no" });
    expect(setup.run).not.toHaveBeenCalled();
    await setup.server.close();
  });
});
