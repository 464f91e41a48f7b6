import {
  type Clock,
  type ConsumeOptions,
  type Delivery,
  type Message,
  RpcError,
} from "@porthos-rpc/protocol";
import { guarded, Keeper, QueueDelivery, type Report, within } from "@porthos-rpc/protocol/driver";
import type { ReceiveLane } from "./lane.js";
import type { Link } from "./link.js";
import type { QueueMode } from "./options.js";
import { QueueWatch } from "./queue-watch.js";
import { ensureQueue, queueError } from "./service-queue.js";

/** How long a broker may take to stop delivering. */
const CANCEL_MS = 5_000;

export interface ConsumerOptions extends ConsumeOptions {
  readonly clock: Clock;
  readonly queue: string;
  readonly queueMode: QueueMode;
  readonly report: Report;
  onDelivery(delivery: Delivery): void;
}

/** Consumes one service queue, for as long as it is not cancelled. */
export class Consumer {
  readonly keeper: Keeper<Link, ReceiveLane>;
  readonly #options: ConsumerOptions;
  readonly #watch: QueueWatch;
  #degraded = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#watch = new QueueWatch(options.clock);
    this.keeper = new Keeper<Link, ReceiveLane>({
      clock: options.clock,
      open: (link, lost) => this.#open(link, lost),
      onOpen: (lane) => this.#onOpen(lane),
      onLost: () => this.#watch.stop(),
      onFailed: (reason) => this.#onDegraded(reason),
    });
  }

  /** No new deliveries; those that were handed out can still be settled. Never rejects. */
  async cancel(): Promise<void> {
    const lane = this.keeper.close();
    if (lane !== undefined) await within(this.#options.clock, CANCEL_MS, lane.cancel());
  }

  async #open(
    link: Parameters<typeof ensureQueue>[0],
    lost: (reason: RpcError) => void,
  ): Promise<ReceiveLane> {
    const { queue, queueMode, credit, report } = this.#options;
    const fallback = await ensureQueue(link, queue, queueMode);
    if (fallback !== undefined)
      report.degraded({ what: `queue "${queue}" could only be looked for`, reason: fallback });
    try {
      return await link.lanes.openReceive(
        { queue, credit },
        {
          onDelivery: (lane, tag, message, redelivered, count) =>
            this.#deliver(lane, tag, message, redelivered, count),
          onUndecodable: (reason) => report.quarantined({ address: queue, reason }),
          onLost: (cause) => {
            const reason = cause === undefined ? cancelledByBroker(queue) : queueError(queue, cause);
            this.#onDegraded(reason);
            lost(reason);
          },
        },
      );
    } catch (cause) {
      throw queueError(queue, cause);
    }
  }

  #deliver(
    lane: ReceiveLane,
    tag: number,
    message: Message,
    redelivered: boolean,
    deliveryCount: number | undefined,
  ): void {
    if (this.keeper.closed) {
      // Cancelled while the lane was being opened.
      lane.settle(tag, "release");
      return;
    }
    const delivery = new QueueDelivery(lane, tag, message, redelivered, deliveryCount);
    try {
      this.#options.onDelivery(delivery);
    } catch (error) {
      this.#options.report.userError(`the handler of queue "${this.#options.queue}"`, error);
      // A message that its handler cannot even take must not come back at once, for ever.
      delivery.reject();
    }
  }

  #onOpen(lane: ReceiveLane): void {
    this.#watch.start(lane);
    if (!this.#degraded) return;
    this.#degraded = false;
    const { queue, onDegraded, report } = this.#options;
    const back = new RpcError("Unavailable", `queue "${queue}" is consumed again`, { executed: "no" });
    if (onDegraded !== undefined) guarded(report, "onDegraded", () => onDegraded(back));
  }

  #onDegraded(reason: RpcError): void {
    this.#degraded = true;
    const { queue, onDegraded, report } = this.#options;
    report.degraded({ what: `the consumer of queue "${queue}"`, reason });
    if (onDegraded !== undefined) guarded(report, "onDegraded", () => onDegraded(reason));
  }
}

/** What the broker's own `basic.cancel` mostly means. */
function cancelledByBroker(queue: string): RpcError {
  const why = "the queue was deleted, or moved, or it held a delivery for longer than consumer_timeout";
  const message = `the broker cancelled the consumer of queue "${queue}": ${why}`;
  return new RpcError("Unavailable", message, { executed: "no" });
}
