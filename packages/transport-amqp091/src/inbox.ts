import { type Inbox, type Message, RpcError } from "@porthos-rpc/protocol";
import { InboxEpochs, type InboxEpochsOptions, Keeper, within } from "@porthos-rpc/protocol/driver";
import { channelError, REPLY_CODE, replyCodeOf } from "./errors.js";
import type { Lanes, ReceiveLane, ReceiveLaneEvents, ReceiveLaneOptions } from "./lane.js";
import type { Link } from "./link.js";

const SUBJECT = "the inbox's queue";
/** How long a broker may take to close an inbox. */
const CLOSE_MS = 2_000;
/** Of an inbox that outlasts its connection: answers that the broker sends ahead of our acknowledgement. */
const CREDIT = 1_000;

export interface QueueInboxOptions extends InboxEpochsOptions {
  /** It is not to be kept open any more. */
  onClose(): void;
}

/**
 * A queue of its own. An exclusive one is gone with its channel, and its answers are taken without acknowledgement: nobody
 * else could use one that comes back. One that outlasts its connection is read on after it, so its answers are acknowledged.
 */
export class QueueInbox implements Inbox {
  readonly keeper: Keeper<Link, ReceiveLane>;
  readonly #options: QueueInboxOptions;
  readonly #epochs: InboxEpochs;

  constructor(options: QueueInboxOptions) {
    this.#options = options;
    const { report } = options;
    this.#epochs = new InboxEpochs(options);
    this.keeper = new Keeper<Link, ReceiveLane>({
      clock: options.clock,
      open: async (link, lost) => {
        try {
          return await this.#open(link, {
            onDelivery: (lane, tag, message) => this.#hear(lane, tag, message),
            onUndecodable: (reason) => report.quarantined({ address: this.address ?? "", reason }),
            onLost: (cause) => {
              const reason = lostError(cause);
              // Gone alone; what goes with its connection is told of that. One that is not open yet has failed to open.
              if (this.keeper.lane !== undefined) report.degraded({ what: SUBJECT, reason });
              lost(reason);
            },
          });
        } catch (cause) {
          throw channelError(cause, { subject: SUBJECT });
        }
      },
      onOpen: ({ queue }) => this.#epochs.opened(queue),
      onLost: (reason) => this.#epochs.lost(reason),
      onFailed: (reason) => report.degraded({ what: SUBJECT, reason }),
    });
  }

  get address(): string | undefined {
    return this.#epochs.address;
  }

  get epoch(): number {
    return this.#epochs.epoch;
  }

  async close(): Promise<void> {
    const lane = this.keeper.close();
    this.#epochs.close();
    this.#options.onClose();
    if (lane !== undefined) await within(this.#options.clock, CLOSE_MS, lane.close());
  }

  async #open({ lanes }: Link, events: ReceiveLaneEvents): Promise<ReceiveLane> {
    const { expiryMs } = this.#options;
    if (expiryMs === undefined) return lanes.openReceive({ queue: undefined, credit: undefined }, events);
    const { address } = this.#epochs;
    const options = { expiryMs, credit: CREDIT };
    const before =
      address === undefined ? undefined : await readAgain(lanes, { ...options, queue: address }, events);
    return before ?? lanes.openReceive({ ...options, queue: undefined }, events);
  }

  #hear(lane: ReceiveLane, tag: number, message: Message): void {
    if (this.keeper.closed) return;
    const { handler, report, expiryMs } = this.#options;
    try {
      handler.onMessage(message);
    } catch (error) {
      report.userError("the handler of an inbox", error);
    }
    if (expiryMs !== undefined) lane.settle(tag, "accept");
  }
}

/** @returns undefined if the queue is not there any more, of which nobody else is told */
async function readAgain(
  lanes: Lanes,
  options: ReceiveLaneOptions,
  events: ReceiveLaneEvents,
): Promise<ReceiveLane | undefined> {
  let onLost = (_cause: unknown): void => {};
  try {
    const lane = await lanes.openReceive(options, { ...events, onLost: (cause) => onLost(cause) });
    onLost = (cause) => events.onLost(cause);
    return lane;
  } catch (cause) {
    if (replyCodeOf(cause) === REPLY_CODE.notFound) return undefined;
    throw cause;
  }
}

function lostError(cause: unknown): RpcError {
  if (cause !== undefined) return channelError(cause, { subject: SUBJECT });
  return new RpcError("Unavailable", "the inbox's queue was deleted");
}
