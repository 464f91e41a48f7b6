import { type Clock, type Inbox, type InboxHandler, type Message, RpcError } from "@porthos-rpc/protocol";
import { guarded, Keeper, type Report, within } from "@porthos-rpc/protocol/driver";
import { channelError } from "./errors.js";
import type { ReceiveLane } from "./lane.js";
import type { Link } from "./link.js";

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

/**
 * An exclusive queue that the broker named, gone with its channel. Answers are taken without acknowledgement: nobody
 * else could use one that comes back.
 */
export class QueueInbox implements Inbox {
  readonly keeper: Keeper<Link, ReceiveLane>;
  readonly #options: QueueInboxOptions;
  #epoch = 0;

  constructor(options: QueueInboxOptions) {
    this.#options = options;
    const { report } = options;
    this.keeper = new Keeper<Link, ReceiveLane>({
      clock: options.clock,
      open: async (link, lost) => {
        try {
          return await link.lanes.openReceive(
            { queue: undefined, credit: undefined },
            {
              onDelivery: (_lane, _tag, message) => this.#hear(message),
              onUndecodable: (reason) => report.quarantined({ address: this.address ?? "", reason }),
              onLost: (cause) => lost(lostError(cause)),
            },
          );
        } catch (cause) {
          throw channelError(cause, { subject: SUBJECT });
        }
      },
      onOpen: (lane) => this.#onOpen(lane.queue),
      onLost: (reason) => this.#onLost(reason),
      onFailed: (reason) => report.degraded({ what: SUBJECT, reason }),
    });
  }

  get address(): string | undefined {
    return this.keeper.lane?.queue;
  }

  get epoch(): number {
    return this.#epoch;
  }

  async close(): Promise<void> {
    const lane = this.keeper.close();
    this.#options.onClose();
    if (lane !== undefined) await within(this.#options.clock, CLOSE_MS, lane.close());
  }

  #hear(message: Message): void {
    if (this.keeper.closed) return;
    const { handler, report } = this.#options;
    try {
      handler.onMessage(message);
    } catch (error) {
      report.userError("the handler of an inbox", error);
    }
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

function lostError(cause: unknown): RpcError {
  if (cause !== undefined) return channelError(cause, { subject: SUBJECT });
  return new RpcError("Unavailable", "the inbox's queue was deleted");
}
