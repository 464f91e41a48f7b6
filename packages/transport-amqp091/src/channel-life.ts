import type { Channel } from "amqplib";

/**
 * Follows a channel to its end. amqplib emits `error` and then `close` when the broker closes the channel, and only
 * `close` when we did or when the connection went.
 */
export class ChannelLife {
  readonly #channel: Channel;
  readonly #closed: Promise<void>;
  #ended = false;

  /** @param onLost the broker closed the channel; not called when the connection went, which tells so itself */
  constructor(channel: Channel, onLost: (cause: unknown) => void) {
    this.#channel = channel;
    let cause: unknown;
    channel.on("error", (error: unknown) => {
      cause = error;
    });
    this.#closed = new Promise((resolve) => {
      channel.on("close", () => {
        const closedByUs = this.#ended;
        this.#ended = true;
        resolve();
        if (cause !== undefined && !closedByUs) onLost(cause);
      });
    });
  }

  /** Nothing can be written any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** amqplib's own promise does not settle when the connection goes meanwhile; this one does. */
  async close(): Promise<void> {
    if (!this.#ended) {
      this.#ended = true;
      this.#channel.close().catch(() => {});
    }
    await this.#closed;
  }
}
