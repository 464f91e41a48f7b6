import {
  type ConsumeOptions,
  type Delivery,
  RpcError,
  type Subscription,
  systemClock,
} from "@porthos-rpc/protocol";
import {
  guarded,
  Keeper,
  type Kept,
  type Lane,
  QueueDelivery,
  type Report,
  type Settlement,
} from "@porthos-rpc/protocol/driver";
import { received } from "./channels.js";
import type { Ear, Link } from "./connection.js";
import { operationError } from "./errors.js";
import { queueKey } from "./mapping.js";
import { SETTLE, TAKE } from "./scripts.js";

/** What TAKE answers. */
type Taken = readonly [id: Buffer, bytes: Buffer, leftMs: number, before: number];
type Answer = readonly [taken: readonly Taken[], isMore: number, wasMissing: number];

/** One answer of TAKE is not much larger: Redis drops a listening connection that has 32 MiB to read. */
const TAKE_BYTES = 1_048_576;

export interface ConsumerOptions extends ConsumeOptions {
  readonly queue: string;
  readonly report: Report;
  onDelivery(delivery: Delivery): void;
}

/** Consumes one queue, on whichever connection there is. */
export function consumerOf(options: ConsumerOptions): Kept<Subscription, Link> {
  const keeper = new Keeper<Link, QueueLane>({
    clock: systemClock,
    open: (link) => QueueLane.open(link, options),
    onOpen: (lane) => lane.ask(),
    onLost: () => {},
    onFailed: (reason) => degraded(options, reason),
  });
  return { keeper, cancel: async () => void (await keeper.close()?.close()) };
}

/**
 * A consumer on one connection. It asks for as many messages as it has credit for: when it hears that there is
 * something, when credit comes back, and at every poll.
 */
class QueueLane implements Lane {
  readonly #link: Link;
  readonly #options: ConsumerOptions;
  readonly #poll = (): void => this.ask(true);
  /** What is unsettled: Redis' ids, by our numbers. */
  readonly #held = new Map<number, string>();
  #lastTag = 0;
  #ear: Ear | undefined;
  #isClosed = false;
  #taking: Promise<void> | undefined;
  #askAgain = false;

  private constructor(link: Link, options: ConsumerOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** Nothing is delivered before the first `ask`. @throws {RpcError} */
  static async open(link: Link, options: ConsumerOptions): Promise<QueueLane> {
    const lane = new QueueLane(link, options);
    try {
      // Without credit: it declares the queue.
      await lane.#run(0);
    } catch (cause) {
      throw operationError(`the queue ${options.queue} cannot be consumed`, cause);
    }
    lane.#ear = await link.hear(queueKey(options.queue), () => lane.ask());
    link.polls.add(lane.#poll);
    return lane;
  }

  /** @param always also without credit: to see whether the queue is there */
  ask(always = false): void {
    if (this.#isClosed || (!always && this.#credit === 0)) return;
    this.#askAgain = true;
    this.#taking ??= this.#take();
  }

  /** What is on its way to us goes back; what is held can still be settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#link.polls.delete(this.#poll);
    await this.#ear?.close();
    await this.#taking;
  }

  /** On a connection that is gone it does nothing: the message is somebody else's. */
  settle(tag: number, how: Settlement): void {
    const id = this.#held.get(tag);
    this.#held.delete(tag);
    if (id === undefined || !this.#link.isOpen) return;
    this.#link
      .run(SETTLE, queueKey(this.#options.queue), this.#link.name, id, how)
      .catch((cause: unknown) => this.#failed("did not let a message be settled", cause));
    this.ask();
  }

  get #credit(): number {
    return Math.max(0, this.#options.credit - this.#held.size);
  }

  async #take(): Promise<void> {
    while (this.#askAgain && !this.#isClosed) {
      this.#askAgain = false;
      try {
        const [taken, isMore, wasMissing] = await this.#run(this.#credit);
        if (wasMissing === 1) this.#failed("was deleted, and is declared again");
        for (const each of taken) this.#deliver(each);
        if (isMore === 1 && this.#credit > 0) this.#askAgain = true;
      } catch (cause) {
        this.#failed("cannot be read", cause);
      }
    }
    this.#taking = undefined;
  }

  #run(credit: number): Promise<Answer> {
    const args = [this.#link.name, String(credit), String(TAKE_BYTES)];
    return this.#link.run(TAKE, queueKey(this.#options.queue), ...args) as Promise<Answer>;
  }

  #deliver([id, bytes, leftMs, before]: Taken): void {
    const { queue, report, onDelivery } = this.#options;
    const tag = ++this.#lastTag;
    this.#held.set(tag, id.toString());
    if (this.#isClosed) {
      this.settle(tag, "release");
      return;
    }
    const message = received(report, queue, bytes);
    if (message === undefined) {
      this.settle(tag, "reject");
      return;
    }
    const ttlMs = leftMs < 0 ? undefined : leftMs;
    const delivery = new QueueDelivery(this, tag, { ...message, ttlMs }, before > 0, before);
    // A message that its handler cannot even take must not come back at once, for ever.
    if (!guarded(report, `the handler of queue "${queue}"`, () => onDelivery(delivery))) delivery.reject();
  }

  #failed(what: string, cause?: unknown): void {
    // If the connection is lost as well, that is told.
    if (!this.#link.isOpen) return;
    degraded(
      this.#options,
      new RpcError("Unavailable", `the queue ${this.#options.queue} ${what}`, { cause }),
    );
  }
}

function degraded({ queue, report, onDegraded }: ConsumerOptions, reason: RpcError): void {
  report.degraded({ what: `the consumer of ${queue}`, reason });
  guarded(report, "onDegraded", () => onDegraded?.(reason));
}
