import {
  type ConsumeOptions,
  type Delivery,
  type Message,
  RpcError,
  type Subscription,
} from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";
import { operationError } from "./errors.js";
import type { Link } from "./link.js";
import { queueKey } from "./names.js";
import type { Report } from "./report.js";
import { SETTLE, TAKE } from "./scripts.js";

/** What TAKE answers. */
type Taken = readonly [id: Buffer, bytes: Buffer, leftMs: number, redelivered: number];
type Answer = readonly [taken: readonly Taken[], isMore: number, wasMissing: number];

/** One answer of TAKE is not much larger: Redis drops a listening connection that has 32 MiB to read. */
const TAKE_BYTES = 1_048_576;

/**
 * A consumer of a queue, over all connections. It asks for as many messages as it has credit for: when it hears that
 * there is something, when credit comes back, and at every poll.
 */
export class ConsumerLink implements Link, Subscription {
  readonly #report: Report;
  readonly #queue: string;
  readonly #key: string;
  readonly #options: ConsumeOptions;
  readonly #onDelivery: (delivery: Delivery) => void;
  #connection: Connection | undefined;
  #stop: (() => Promise<void>) | undefined;
  #isClosed = false;
  /** Unsettled on this connection. */
  #held = new Set<Delivery>();
  #taking: Promise<void> | undefined;
  #askAgain = false;

  constructor(
    report: Report,
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ) {
    this.#report = report;
    this.#queue = queue;
    this.#key = queueKey(queue);
    this.#options = options;
    this.#onDelivery = onDelivery;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async open(connection: Connection): Promise<void> {
    this.#stop = await connection.subscribe(this.#key, () => this.#ask());
    if (this.#isClosed) return await this.#stop();
    this.#connection = connection;
    try {
      // Without credit: it declares the queue. Nothing is delivered before consume() has resolved.
      await this.#run(connection, 0);
    } catch (cause) {
      throw operationError(`the queue ${this.#queue} cannot be consumed`, cause);
    }
    this.#ask();
  }

  lost(): void {
    this.#connection = undefined;
    this.#stop = undefined;
    this.#held = new Set();
  }

  /** Also without credit: to see whether the queue is there. */
  poll(): void {
    this.#ask(true);
  }

  async cancel(): Promise<void> {
    this.#isClosed = true;
    this.#connection = undefined;
    await this.#stop?.();
    // What is on its way to us goes back.
    await this.#taking;
  }

  #ask(always = false): void {
    const connection = this.#connection;
    if (connection === undefined || (!always && this.#held.size >= this.#options.credit)) return;
    this.#askAgain = true;
    this.#taking ??= this.#take(connection).finally(() => {
      this.#taking = undefined;
      if (this.#askAgain) this.#ask();
    });
  }

  async #take(connection: Connection): Promise<void> {
    while (this.#askAgain && this.#connection === connection) {
      this.#askAgain = false;
      try {
        const credit = Math.max(0, this.#options.credit - this.#held.size);
        const [taken, isMore, wasMissing] = await this.#run(connection, credit);
        if (wasMissing === 1) this.#degraded("was deleted, and is declared again");
        for (const each of taken) this.#deliver(connection, each);
        if (isMore === 1 && this.#held.size < this.#options.credit) this.#askAgain = true;
      } catch (cause) {
        if (connection.isOpen) this.#degraded("cannot be read", cause);
      }
    }
  }

  #run(connection: Connection, credit: number): Promise<Answer> {
    const args = [connection.name, String(credit), String(TAKE_BYTES)];
    return connection.run(TAKE, this.#key, ...args) as Promise<Answer>;
  }

  #deliver(connection: Connection, [id, bytes, leftMs, redelivered]: Taken): void {
    const settle = (how: "done" | "again"): void => this.#settle(connection, id.toString(), how);
    if (this.#connection !== connection) {
      settle("again");
      return;
    }
    const ttlMs = leftMs < 0 ? undefined : leftMs;
    const isMessage = this.#report.receive(this.#queue, bytes, (message) =>
      this.#onDelivery(this.#hold({ ...message, ttlMs }, redelivered === 1, settle)),
    );
    if (!isMessage) settle("done");
  }

  #hold(message: Message, redelivered: boolean, settle: (how: "done" | "again") => void): Delivery {
    const held = this.#held;
    const once = (how: "done" | "again") => (): void => {
      if (!held.delete(delivery)) return;
      settle(how);
      this.#ask();
    };
    const [accept, release, reject] = [once("done"), once("again"), once("done")];
    const delivery: Delivery = { message, redelivered, accept, release, reject };
    held.add(delivery);
    return delivery;
  }

  /** On a connection that is gone it does nothing: the message is somebody else's. */
  #settle(connection: Connection, id: string, how: "done" | "again"): void {
    if (!connection.isOpen) return;
    connection.run(SETTLE, this.#key, connection.name, id, how).catch((cause: unknown) => {
      if (connection.isOpen) this.#degraded("did not let a message be settled", cause);
    });
  }

  #degraded(what: string, cause?: unknown): void {
    const reason = new RpcError("Unavailable", `the queue ${this.#queue} ${what}`, { cause });
    this.#report.degraded(`the consumer of ${this.#queue}`, reason);
    this.#report.guard(`onDegraded of ${this.#queue}`, () => this.#options.onDegraded?.(reason));
  }
}
