import { type Inbox, type InboxHandler, RpcError, type Transport } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { settle, watch } from "../test/watch.js";
import { FrameInbox } from "./frame-inbox.js";

interface Asked {
  readonly handler: InboxHandler;
  readonly inbox: { address: string | undefined; closed: boolean };
  open(address: string): void;
  refuse(error: RpcError): void;
}

/** An inbox for frames on a transport whose every step the test takes. */
function setup() {
  const asked: Asked[] = [];
  const openInbox = (handler: InboxHandler): Promise<Inbox> =>
    new Promise((resolve, reject) => {
      const inbox = {
        address: undefined as string | undefined,
        epoch: 1,
        closed: false,
        close: async () => {
          inbox.closed = true;
        },
      };
      const open = (address: string): void => {
        inbox.address = address;
        handler.onOpen?.(address, 1);
        resolve(inbox);
      };
      asked.push({ handler, inbox, open, refuse: reject });
    });
  const lost: RpcError[] = [];
  const frames = new FrameInbox({ openInbox } as unknown as Transport, {
    onFrame: () => {},
    onFramesLost: (reason) => lost.push(reason),
  });
  return { asked, frames, lost };
}

const reason = new RpcError("Unavailable", "connection reset");

describe("the inbox for frames", () => {
  it("is opened once, and again if that failed", async () => {
    const { asked, frames } = setup();
    const both = [watch(frames.open()), watch(frames.open())];
    expect(asked).toHaveLength(1);
    asked[0]?.refuse(reason);
    await settle();
    expect(both.map(({ error }) => error)).toEqual([reason, reason]);
    const next = watch(frames.open());
    asked[1]?.open("inbox-2");
    await settle();
    expect(next.value).toBe("inbox-2");
    expect(frames.address).toBe("inbox-2");
  });

  it("is not opened a second time while it is lost: the transport restores it", async () => {
    const { asked, frames, lost } = setup();
    const first = watch(frames.open());
    const [one] = asked as [Asked];
    one.open("inbox-1");
    await settle();
    expect(first.value).toBe("inbox-1");
    one.inbox.address = undefined;
    one.handler.onLost?.(1, reason);
    expect(lost).toEqual([reason]);
    await expect(frames.open()).rejects.toMatchObject({ code: "Unavailable" });
    await expect(frames.open()).rejects.toMatchObject({ code: "Unavailable" });
    expect(asked).toHaveLength(1);
    one.open("inbox-1b");
    expect(await frames.open()).toBe("inbox-1b");
    await frames.close();
    expect(one.inbox.closed).toBe(true);
  });

  it("is closed without a wait for one that is not open yet, which is closed when it is", async () => {
    const { asked, frames } = setup();
    void watch(frames.open());
    const closed = watch(frames.close());
    await settle();
    expect(closed.state).toBe("resolved");
    asked[0]?.open("inbox-1");
    await settle();
    expect(asked[0]?.inbox.closed).toBe(true);
  });
});
