import type { Message, Subscription } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";
import type { Link, LinkHost } from "./link.js";
import type { Mailbox } from "./mailbox.js";

/** A subscription to a topic, over all connections. */
export class TopicLink implements Link, Subscription {
  readonly #host: LinkHost;
  readonly #topic: string;
  readonly #onMessage: (message: Message) => void;
  #mailbox: Mailbox | undefined;

  constructor(host: LinkHost, topic: string, onMessage: (message: Message) => void) {
    this.#host = host;
    this.#topic = topic;
    this.#onMessage = onMessage;
  }

  open(connection: Connection): void {
    this.#mailbox = connection.subscribe(this.#topic, this.#deliver);
  }

  lost(): void {
    this.#mailbox = undefined;
  }

  async cancel(): Promise<void> {
    this.#host.detach(this);
    this.#mailbox?.close();
    this.#mailbox = undefined;
  }

  readonly #deliver = (message: Message): void => {
    try {
      this.#onMessage(message);
    } catch (error) {
      this.#host.onThrown(`the subscriber to ${this.#topic}`, error);
    }
  };
}
