import type { Message, Subscription } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";
import type { Link } from "./link.js";
import { topicChannel } from "./names.js";
import type { Report } from "./report.js";

/** A subscription to a topic, over all connections. */
export class TopicLink implements Link, Subscription {
  readonly #report: Report;
  readonly #topic: string;
  readonly #channel: string;
  readonly #onMessage: (message: Message) => void;
  #isClosed = false;
  #stop: (() => Promise<void>) | undefined;

  constructor(report: Report, topic: string, onMessage: (message: Message) => void) {
    this.#report = report;
    this.#topic = topic;
    this.#channel = topicChannel(topic);
    this.#onMessage = onMessage;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async open(connection: Connection): Promise<void> {
    this.#stop = await connection.subscribe(this.#channel, (bytes) => {
      this.#report.receive(this.#topic, bytes, this.#onMessage);
    });
    // It was closed while it was being opened.
    if (this.#isClosed) await this.#stop();
  }

  lost(): void {
    this.#stop = undefined;
  }

  async cancel(): Promise<void> {
    this.#isClosed = true;
    await this.#stop?.();
  }
}
