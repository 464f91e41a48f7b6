import type { Message, Subscription, Transport } from "@porthos-rpc/protocol";
import type { ChaosLink, ChaosParts } from "./chaos-link.js";

/** A subscription whose messages may come late. */
export class ChaosSubscription implements ChaosLink, Subscription {
  readonly #inner: Transport;
  readonly #topic: string;
  readonly #onMessage: (message: Message) => void;
  readonly #parts: ChaosParts;
  #subscription: Subscription | undefined;
  #turn = 0;

  constructor(inner: Transport, topic: string, onMessage: (message: Message) => void, parts: ChaosParts) {
    this.#inner = inner;
    this.#topic = topic;
    this.#onMessage = onMessage;
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const turn = ++this.#turn;
    const isCurrent = (): boolean => turn === this.#turn;
    const subscription = await this.#inner.subscribe(this.#topic, (message) => {
      const call = (): void => this.#parts.guarded("a subscriber", () => this.#onMessage(message));
      this.#parts.delays.post(() => isCurrent() && call());
    });
    if (isCurrent()) this.#subscription = subscription;
    else await subscription.cancel();
  }

  lose(): void {
    this.stop();
    void this.#subscription?.cancel();
    this.#subscription = undefined;
  }

  stop(): void {
    this.#turn++;
    this.#parts.delays.clear();
  }

  async cancel(): Promise<void> {
    this.#parts.onCancel(this);
    this.stop();
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.cancel();
  }
}
