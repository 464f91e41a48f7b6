import { type Inbox, type InboxHandler, RpcError } from "@porthos-rpc/protocol";
import { guarded, InboxEpochs, type InboxEpochsOptions, Keeper, within } from "@porthos-rpc/protocol/driver";
import type { InboxPlan } from "./dialects/dialect.js";
import { linkError } from "./errors.js";
import { LinkFault } from "./lane.js";
import type { Link } from "./link.js";
import { type OwnQueue, type OwnQueueEvents, openOwnQueue } from "./own-queue.js";

const SUBJECT = "the inbox's queue";
/** How long a broker may take to close an inbox. */
const CLOSE_MS = 2_000;

export interface QueueInboxOptions extends InboxEpochsOptions {
  readonly handler: InboxHandler;
  /** It is not to be kept open any more. */
  onClose(): void;
}

/** A queue of its own: on whatever connection there is, gone with it, so that each has another address; or one that outlasts connections. */
export class QueueInbox implements Inbox {
  readonly keeper: Keeper<Link, OwnQueue>;
  readonly #options: QueueInboxOptions;
  readonly #epochs: InboxEpochs;

  constructor(options: QueueInboxOptions) {
    this.#options = options;
    const { handler, report } = options;
    this.#epochs = new InboxEpochs(options);
    this.keeper = new Keeper<Link, OwnQueue>({
      clock: options.clock,
      open: async (link, lost) => {
        try {
          return await this.#open(link, {
            onMessage: (message) => {
              guarded(report, "the handler of an inbox", () => handler.onMessage(message));
            },
            onUndecodable: (reason) => report.quarantined({ address: this.address ?? "", reason }),
            onLost: (cause) => {
              const reason = linkError(cause, { subject: SUBJECT });
              // Gone alone; what goes with its connection is told of that. One that is not open yet has failed to open.
              if (this.keeper.lane !== undefined) report.degraded({ what: SUBJECT, reason });
              lost(reason);
            },
          });
        } catch (cause) {
          throw linkError(cause, { subject: SUBJECT });
        }
      },
      onOpen: ({ address }) => this.#epochs.opened(address),
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

  async #open(link: Link, events: OwnQueueEvents): Promise<OwnQueue> {
    const { expiryMs } = this.#options;
    const { dialect } = link;
    if (expiryMs === undefined) return openOwnQueue(link, await dialect.openInbox(), events);
    if (dialect.lastingInbox === undefined) {
      const text = `the option inboxExpiryMs needs queues that expire, which ${dialect.name} does not have here; RabbitMQ 4 has`;
      throw new RpcError("Config", text, { executed: "no" });
    }
    const { address } = this.#epochs;
    const before =
      address === undefined
        ? undefined
        : await readAgain(link, dialect.lastingInbox.existing(address), events);
    return before ?? openOwnQueue(link, await dialect.lastingInbox.open(expiryMs), events);
  }
}

/** @returns undefined if it is not there any more */
async function readAgain(link: Link, plan: InboxPlan, events: OwnQueueEvents): Promise<OwnQueue | undefined> {
  const { remove, ...kept } = plan;
  try {
    // If it cannot be read just now, it is to stay.
    const queue = await openOwnQueue(link, { ...kept, keepsUnread: true }, events);
    return {
      address: queue.address,
      close: async () => {
        await queue.close();
        await remove?.();
      },
    };
  } catch (cause) {
    if (cause instanceof LinkFault && cause.condition === "amqp:not-found") return undefined;
    throw cause;
  }
}
