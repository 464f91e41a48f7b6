import { type Clock, type ConsumeOptions, type Delivery, RpcError } from "@porthos-rpc/protocol";
import { guarded, Keeper, QueueDelivery, type Report, within } from "@porthos-rpc/protocol/driver";
import { isDenied, linkError } from "./errors.js";
import type { ReceiveLane, Terminus } from "./lane.js";
import type { Link } from "./link.js";
import type { QueueMode } from "./options.js";

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
  #degraded = false;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.keeper = new Keeper<Link, ReceiveLane>({
      clock: options.clock,
      open: (link, lost) => this.#open(link, lost),
      onOpen: () => this.#onOpen(),
      onLost: () => {},
      onFailed: (reason) => this.#onDegraded(reason),
    });
  }

  /** No new deliveries; those that were handed out can still be settled. Never rejects. */
  async cancel(): Promise<void> {
    const lane = this.keeper.close();
    if (lane !== undefined) await within(this.#options.clock, CANCEL_MS, lane.cancel());
  }

  async #open(link: Link, lost: (reason: RpcError) => void): Promise<ReceiveLane> {
    const { queue, credit, report } = this.#options;
    const { dialect, lanes } = link;
    let denied: RpcError | undefined;
    try {
      const declared = await this.#declare(link);
      denied = declared.denied;
      const { settlements, cancelBy } = dialect;
      const lane = await lanes.openReceive(
        { source: declared.source, credit, settlements, cancelBy },
        {
          onDelivery: (lane, tag, received) => {
            const { isRedelivered, deliveryCountOf } = dialect;
            const count = deliveryCountOf(received);
            this.#deliver(new QueueDelivery(lane, tag, received.message, isRedelivered(received), count));
          },
          onUndecodable: (reason) => report.quarantined({ address: queue, reason }),
          onLost: (cause) => {
            const reason = queueError(this.#options, cause);
            this.#onDegraded(reason);
            lost(reason);
          },
        },
      );
      if (denied !== undefined)
        report.degraded({ what: `queue "${queue}" could only be looked for`, reason: denied });
      return lane;
    } catch (cause) {
      // Which permission is missing says more than that the queue is.
      throw queueError(this.#options, denied?.cause ?? cause);
    }
  }

  /** Who may not declare the queue looks for it: somebody else may have declared it. */
  async #declare({ dialect }: Link): Promise<{ readonly source: Terminus; readonly denied?: RpcError }> {
    const { queue, queueMode } = this.#options;
    if (queueMode === "passive") return { source: dialect.existingQueue(queue) };
    try {
      return { source: await dialect.declareQueue(queue) };
    } catch (error) {
      if (!isDenied(error)) throw error;
      return { source: dialect.existingQueue(queue), denied: error };
    }
  }

  #deliver(delivery: Delivery): void {
    const { queue, report, onDelivery } = this.#options;
    // A message that its handler cannot even take must not come back at once, for ever.
    if (!guarded(report, `the handler of queue "${queue}"`, () => onDelivery(delivery))) delivery.reject();
  }

  #onOpen(): void {
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

const NOT_FOUND: Readonly<Record<QueueMode, string>> = {
  declare: "the user may not declare it; give the permission, or declare it on the broker",
  passive: 'declare it on the broker, or use queueMode: "declare"',
};

const ADVICE: ReadonlyMap<string, string> = new Map([
  ["amqp:precondition-failed", 'it exists in another shape; delete it, or use queueMode: "passive"'],
  ["amqp:resource-locked", "another connection has it for itself"],
  ["amqp:resource-deleted", "it is declared again"],
]);

function queueError({ queue, queueMode }: ConsumerOptions, cause: unknown): RpcError {
  const advice = new Map([...ADVICE, ["amqp:not-found", NOT_FOUND[queueMode]]]);
  return linkError(cause, { subject: `queue "${queue}"`, advice });
}
