import type { Clock, Inbox, InboxHandler, RpcError } from "@porthos-rpc/protocol";
import { guarded, Keeper, type Report, within } from "@porthos-rpc/protocol/driver";
import { linkError } from "./errors.js";
import type { Link } from "./link.js";
import { type OwnQueue, openOwnQueue } from "./own-queue.js";

const SUBJECT = "the inbox's queue";
/** How long a broker may take to close an inbox. */
const CLOSE_MS = 2_000;

export interface QueueInboxOptions {
  readonly clock: Clock;
  readonly handler: InboxHandler;
  readonly report: Report;
  /** It is not to be kept open any more. */
  onClose(): void;
}

/** A queue of its own on whatever connection there is, gone with it; each has another address. */
export class QueueInbox implements Inbox {
  readonly keeper: Keeper<Link, OwnQueue>;
  readonly #options: QueueInboxOptions;
  #epoch = 0;

  constructor(options: QueueInboxOptions) {
    this.#options = options;
    const { handler, report } = options;
    this.keeper = new Keeper<Link, OwnQueue>({
      clock: options.clock,
      open: async (link, lost) => {
        try {
          return await openOwnQueue(link, await link.dialect.openInbox(), {
            onMessage: (message) => {
              guarded(report, "the handler of an inbox", () => handler.onMessage(message));
            },
            onUndecodable: (reason) => report.quarantined({ address: this.address ?? "", reason }),
            onLost: (cause) => lost(linkError(cause, { subject: SUBJECT })),
          });
        } catch (cause) {
          throw linkError(cause, { subject: SUBJECT });
        }
      },
      onOpen: ({ address }) => this.#onOpen(address),
      onLost: (reason) => this.#onLost(reason),
      onFailed: (reason) => report.degraded({ what: SUBJECT, reason }),
    });
  }

  get address(): string | undefined {
    return this.keeper.lane?.address;
  }

  get epoch(): number {
    return this.#epoch;
  }

  async close(): Promise<void> {
    const lane = this.keeper.close();
    this.#options.onClose();
    if (lane !== undefined) await within(this.#options.clock, CLOSE_MS, lane.close());
  }

  #onOpen(address: string): void {
    const epoch = ++this.#epoch;
    const { handler, report } = this.#options;
    guarded(report, "onOpen of an inbox", () => handler.onOpen?.(address, epoch));
  }

  #onLost(reason: RpcError): void {
    const { handler, report } = this.#options;
    const epoch = this.#epoch;
    guarded(report, "onLost of an inbox", () => handler.onLost?.(epoch, reason));
  }
}
