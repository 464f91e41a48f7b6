import { expect, test } from "vitest";
import type { InboxPlan } from "./dialects/dialect.js";
import { plain } from "./dialects/plain.js";
import { LinkFault } from "./lane.js";
import type { Link } from "./link.js";
import { openOwnQueue } from "./own-queue.js";

const EVENTS = { onMessage: () => {}, onUndecodable: () => {}, onLost: () => {} };

test("a queue that was made and cannot be read is removed: each attempt makes another", async () => {
  const removed: string[] = [];
  const plan: InboxPlan = {
    source: { address: "mine" },
    addressOf: () => "mine",
    remove: async () => void removed.push("mine"),
  };
  const openReceive = async (): Promise<never> => {
    throw new LinkFault("amqp:resource-limit-exceeded", "all sessions are in use");
  };
  const link = { dialect: plain(), lanes: { openReceive } } as unknown as Link;
  await expect(openOwnQueue(link, plan, EVENTS)).rejects.toMatchObject({
    condition: "amqp:resource-limit-exceeded",
  });
  expect(removed).toEqual(["mine"]);
});
