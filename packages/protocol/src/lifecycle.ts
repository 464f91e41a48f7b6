import type { Clock } from "./clock.js";
import { RpcError } from "./errors.js";
import type { Lease, TransportState } from "./transport.js";

/**
 * The state, leases and waiters of a transport: what `state`, `acquire()`, `ready()` and `close()` promise, once for
 * every driver. The driver starts and stops its connections when it is told to, and reports what becomes of them.
 */
export class Lifecycle {
  readonly #options: LifecycleOptions;
  #state: TransportState = "idle";
  #leases = 0;
  /** Whether the driver was told to start, and not to stop since. */
  #running = false;
  #stopping: Promise<void> | undefined;
  #waiters = new Set<Waiter>();
  #failure: RpcError | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  get state(): TransportState {
    return this.#state;
  }

  /** Why it is not up, as far as known: the reason of the last failed attempt or loss. */
  get failure(): RpcError | undefined {
    return this.#failure;
  }

  acquire(): Lease {
    if (this.#state === "closed") throw this.#closedError();
    this.#leases++;
    this.#start();
    let held = true;
    return {
      release: async () => {
        if (!held) return;
        held = false;
        this.#leases--;
        if (this.#leases === 0 && this.#state !== "closed") await this.#stop("idle");
      },
    };
  }

  ready(): Promise<void> {
    if (this.#state === "up") return Promise.resolve();
    if (this.#state === "closed") return Promise.reject(this.#closedError());
    return new Promise((resolve, reject) => {
      const { clock, startTimeoutMs } = this.#options;
      const waiter: Waiter = {
        resolve,
        reject,
        stopTimer: clock.after(startTimeoutMs, () => this.#giveUp(waiter)),
      };
      this.#waiters.add(waiter);
      this.#start();
    });
  }

  async close(): Promise<void> {
    if (this.#state === "closed") {
      await this.#stopping;
      return;
    }
    await this.#stop("closed");
    this.#options.onClosed();
  }

  /** The driver can send. */
  up(): void {
    if (!this.#running) return;
    this.#state = "up";
    this.#failure = undefined;
    this.#settleWaiters((waiter) => waiter.resolve());
  }

  /** The driver lost what it had, or an attempt failed; it goes on trying. */
  down(reason: RpcError): void {
    if (!this.#running) return;
    if (this.#state === "up") this.#state = "down";
    this.#failure = reason;
  }

  /** The driver gave up: whoever waits is told; the next `acquire` or `ready` tries again. */
  failed(reason: RpcError): void {
    if (!this.#running) return;
    this.#running = false;
    this.#state = "idle";
    this.#failure = reason;
    this.#settleWaiters((waiter) => waiter.reject(reason));
  }

  #start(): void {
    if (this.#state !== "idle") return;
    this.#state = "connecting";
    // Else the end of the stop that is under way starts it.
    if (this.#stopping === undefined) this.#run();
  }

  #run(): void {
    this.#running = true;
    this.#options.start();
  }

  async #stop(state: "idle" | "closed"): Promise<void> {
    this.#state = state;
    const name = this.#options.name;
    this.#settleWaiters((waiter) => waiter.reject(new RpcError("Closed", `transport ${name} was closed`)));
    if (this.#running) {
      this.#running = false;
      this.#stopping = this.#options.stop().finally(() => {
        this.#stopping = undefined;
        if (this.#state === "connecting") this.#run();
      });
    }
    await this.#stopping;
  }

  #giveUp(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    const { name, startTimeoutMs } = this.#options;
    const message = `transport ${name} could not reach its broker within ${startTimeoutMs} ms`;
    const why = [this.#failure?.message, this.#options.progress?.()].filter((each) => each !== undefined);
    const text = why.length === 0 ? message : `${message}: ${why.join("; now ")}`;
    waiter.reject(new RpcError("Unavailable", text, { executed: "no", cause: this.#failure }));
    // Nobody holds it and nobody waits any more: without this its attempts would keep the process alive.
    if (this.#leases === 0 && this.#waiters.size === 0 && this.#state !== "closed") void this.#stop("idle");
  }

  #settleWaiters(settle: (waiter: Waiter) => void): void {
    const waiters = this.#waiters;
    this.#waiters = new Set();
    for (const waiter of waiters) {
      waiter.stopTimer();
      settle(waiter);
    }
  }

  #closedError(): RpcError {
    return new RpcError("Closed", `transport ${this.#options.name} is closed; make a new one`);
  }
}

export interface LifecycleOptions {
  /** The transport's name, for errors. */
  readonly name: string;
  readonly clock: Clock;
  /** How long `ready()` waits. */
  readonly startTimeoutMs: number;
  /** Begins to connect. Must not throw. */
  start(): void;
  /** Closes the connections gracefully, within a bounded time. Never rejects. */
  stop(): Promise<void>;
  /** How far the attempt has come that is under way, for people: `host:5672 has not opened the connection yet`. */
  progress?(): string | undefined;
  /** It is closed for good; called once. Must not throw. */
  onClosed(): void;
}

interface Waiter {
  resolve(): void;
  reject(reason: RpcError): void;
  stopTimer(): void;
}
