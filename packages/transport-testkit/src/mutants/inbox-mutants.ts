import type { Inbox, InboxHandler } from "@porthos-rpc/protocol";
import type { Mutant } from "./mutant.js";

/** An inbox of which some parts are told otherwise. */
function bentInbox(
  inbox: Inbox,
  changes: { address?: () => string | undefined; epoch?: () => number; close?: () => Promise<void> },
): Inbox {
  return {
    get address() {
      return changes.address === undefined ? inbox.address : changes.address();
    },
    get epoch() {
      return changes.epoch === undefined ? inbox.epoch : changes.epoch();
    },
    close: () => (changes.close ?? inbox.close.bind(inbox))(),
  };
}

/** Transports whose inboxes are wrong. */
export const inboxMutants: readonly Mutant[] = [
  {
    name: "same-epoch",
    breaks: "gives the new address of an inbox the old epoch",
    caughtBy: ["inbox-epochs/new-address", "inbox-epochs/lost-then-open"],
    bend: (good) => ({
      inbox: (handler) => ({ ...handler, onOpen: (address) => handler.onOpen?.(address, 1) }),
      methods: { openInbox: async (handler) => bentInbox(await good.openInbox(handler), { epoch: () => 1 }) },
    }),
  },
  {
    name: "old-address",
    breaks: "goes on giving out an address that is gone",
    caughtBy: ["inbox-epochs/new-address", "inbox-epochs/works-again"],
    bend: (good) => ({
      methods: {
        async openInbox(handler) {
          const inbox = await good.openInbox(handler);
          const { address } = inbox;
          return bentInbox(inbox, { address: () => address });
        },
      },
    }),
  },
  {
    name: "silent-loss",
    breaks: "does not tell that an address is lost",
    caughtBy: ["inbox-epochs/lost-then-open", "inbox-epochs/three-times"],
    bend: () => ({ inbox: (handler) => ({ ...handler, onLost: () => {} }) }),
  },
  {
    name: "late-loss",
    breaks: "tells that an address is lost after it has told the new one",
    caughtBy: ["inbox-epochs/lost-then-open"],
    bend: () => ({
      inbox: (handler) => {
        const losses: (() => void)[] = [];
        const bent: InboxHandler = {
          onMessage: (message) => handler.onMessage(message),
          onLost: (...loss) => void losses.push(() => handler.onLost?.(...loss)),
          onOpen: (...opening) => {
            handler.onOpen?.(...opening);
            for (const tell of losses.splice(0)) tell();
          },
        };
        return bent;
      },
    }),
  },
  {
    name: "open-after-close",
    breaks: "leaves an inbox open that was closed",
    caughtBy: ["inboxes/closed-hears-nothing", "outcomes/reply-unroutable"],
    bend: (good) => ({
      methods: {
        openInbox: async (handler) => bentInbox(await good.openInbox(handler), { close: async () => {} }),
      },
    }),
  },
  {
    name: "one-inbox-for-all",
    breaks: "hands messages to the inbox that was opened last",
    caughtBy: ["inboxes/apart", "many/inboxes"],
    bend: () => {
      let last: InboxHandler | undefined;
      return {
        inbox: (handler) => {
          last = handler;
          return { ...handler, onMessage: (message) => last?.onMessage(message) };
        },
      };
    },
  },
  {
    name: "misses-the-first-open",
    breaks: "tells onOpen of later addresses only",
    caughtBy: ["inboxes/on-open"],
    bend: () => ({
      inbox: (handler) => ({
        ...handler,
        onOpen: (address, epoch) => epoch > 1 && handler.onOpen?.(address, epoch),
      }),
    }),
  },
];
