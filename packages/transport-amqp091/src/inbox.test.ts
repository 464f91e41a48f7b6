import { RpcError } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { expect, test } from "vitest";
import { QueueInbox } from "./inbox.js";
import type { ReceiveLaneEvents } from "./lane.js";
import type { Link } from "./link.js";

interface Setup {
  readonly inbox: QueueInbox;
  readonly link: Link;
  /** What ends the queue alone, of each time that it was opened. */
  readonly losses: ((cause: unknown) => void)[];
  readonly told: string[];
}

function setUp(): Setup {
  const losses: Setup["losses"] = [];
  const told: string[] = [];
  const openReceive = async (_: unknown, events: ReceiveLaneEvents): Promise<object> => {
    losses.push((cause) => events.onLost(cause));
    const name = `inbox ${losses.length}`;
    return { queue: name, address: name, close: async () => {} };
  };
  const inbox = new QueueInbox({
    clock: new ManualClock(),
    expiryMs: undefined,
    handler: {
      onMessage: () => {},
      onOpen: (address) => told.push(address),
      onLost: () => told.push("lost"),
    },
    report: {
      degraded: ({ what, reason }) => told.push(`degraded: ${what}: ${reason.message}`),
      quarantined: () => {},
      userError: () => {},
    },
    onClose: () => {},
  });
  const link = { lanes: { openReceive } } as unknown as Link;
  return { inbox, link, losses, told };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a queue that was deleted is told as degraded, and is made anew", async () => {
  const { inbox, link, losses, told } = setUp();
  inbox.keeper.linkUp(link);
  await settled();
  losses[0]?.(undefined);
  await settled();
  const degraded = "degraded: the inbox's queue: the inbox's queue was deleted";
  expect(told).toEqual(["inbox 1", degraded, "lost", "inbox 2"]);
});

test("a queue that went with its connection, or with its inbox, is not told again", async () => {
  const { inbox, link, losses, told } = setUp();
  inbox.keeper.linkUp(link);
  await settled();
  inbox.keeper.linkDown(new RpcError("Unavailable", "the connection was lost"));
  losses[0]?.(undefined);
  inbox.keeper.linkUp(link);
  await settled();
  await inbox.close();
  losses[1]?.(undefined);
  expect(told).toEqual(["inbox 1", "lost", "inbox 2", "lost"]);
});
