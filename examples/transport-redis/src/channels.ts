import {
  type Inbox,
  type InboxHandler,
  type Message,
  RpcError,
  type Subscription,
  systemClock,
} from "@porthos-rpc/protocol";
import { guarded, Keeper, type KeeperOptions, type Kept, type Report } from "@porthos-rpc/protocol/driver";
import type { Ear, Link } from "./connection.js";
import { decode, newInboxAddress, topicChannel } from "./mapping.js";

/** An inbox: a channel with a new name on each connection, so that it is gone with its connection. */
export function inboxOf(report: Report, handler: InboxHandler, onClose: () => void): Kept<Inbox, Link> {
  let epoch = 0;
  const keeper = keep(report, undefined, (message) => handler.onMessage(message), {
    onOpen: ({ channel }) => {
      epoch++;
      guarded(report, "onOpen of an inbox", () => handler.onOpen?.(channel, epoch));
    },
    onLost: (reason) => guarded(report, "onLost of an inbox", () => handler.onLost?.(epoch, reason)),
  });
  return {
    keeper,
    get address() {
      return keeper.lane?.channel;
    },
    get epoch() {
      return epoch;
    },
    close: () => end(keeper, onClose),
  };
}

/** @throws {RpcError} BadRequest */
export function subscriptionOf(
  report: Report,
  topic: string,
  onMessage: (message: Message) => void,
  onClose: () => void,
): Kept<Subscription, Link> {
  // A name that no connection could be asked for is refused before one is waited for.
  topicChannel(topic);
  const keeper = keep(report, topic, onMessage, { onOpen: () => {}, onLost: () => {} });
  return { keeper, cancel: () => end(keeper, onClose) };
}

/** @returns undefined, and told as `quarantined`, if the bytes are no message */
export function received(report: Report, address: string, bytes: Buffer): Message | undefined {
  try {
    return decode(bytes);
  } catch (cause) {
    const reason = new RpcError("BadRequest", "what came is no message of this transport", { cause });
    report.quarantined({ address, reason });
    return undefined;
  }
}

/** @param topic undefined = an inbox */
function keep(
  report: Report,
  topic: string | undefined,
  onMessage: (message: Message) => void,
  events: Pick<KeeperOptions<Link, Ear>, "onOpen" | "onLost">,
): Keeper<Link, Ear> {
  const what = topic === undefined ? "an inbox" : `the topic ${topic}`;
  const keeper = new Keeper<Link, Ear>({
    ...events,
    clock: systemClock,
    open: (link) => {
      const channel = topic === undefined ? newInboxAddress() : topicChannel(topic);
      return link.hear(channel, (bytes) => {
        // It was closed while it was being opened.
        if (keeper.closed) return;
        const message = received(report, topic ?? channel, bytes);
        if (message !== undefined) guarded(report, `the handler of ${what}`, () => onMessage(message));
      });
    },
    onFailed: (reason) => report.degraded({ what, reason }),
  });
  return keeper;
}

async function end(keeper: Keeper<Link, Ear>, onClose: () => void): Promise<void> {
  const ear = keeper.close();
  onClose();
  await ear?.close();
}
