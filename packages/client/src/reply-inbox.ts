import type { Inbox, InboxHandler, Message, RpcError, Transport } from "@porthos-rpc/protocol";

export interface ReplyInboxListener {
  onReply(message: Message): void;
  onInboxOpen(): void;
  /** Nothing that was asked to the addresses up to this generation will arrive. */
  onInboxLost(generation: number, reason: RpcError): void;
  /** It cannot be opened at all. */
  onInboxFailed(reason: RpcError): void;
}

/**
 * The reply address of all clients of a transport: opened when the first call needs one, given up with the last
 * client, and opened anew if clients come again.
 */
export class ReplyInbox {
  readonly #transport: Transport;
  readonly #listener: ReplyInboxListener;
  #session: InboxSession | undefined;
  #generation = 0;

  constructor(transport: Transport, listener: ReplyInboxListener) {
    this.#transport = transport;
    this.#listener = listener;
  }

  /** Where replies reach us now; undefined while there is no such place. */
  get address(): string | undefined {
    return this.#session?.address;
  }

  /** Counts the addresses, over all sessions. */
  get generation(): number {
    return this.#generation;
  }

  open(): void {
    if (this.#session !== undefined) return;
    const session = new InboxSession(this.#listener, () => ++this.#generation);
    this.#session = session;
    this.#transport.openInbox(session).then(
      (inbox) => session.opened(inbox),
      (reason: RpcError) => {
        if (this.#session !== session) return;
        this.#session = undefined;
        this.#listener.onInboxFailed(reason);
      },
    );
  }

  /** Never rejects, and does not wait for an inbox that was never opened. */
  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

/** One inbox of the transport's. What it still says after it was closed is not heard. */
class InboxSession implements InboxHandler {
  readonly #listener: ReplyInboxListener;
  readonly #nextGeneration: () => number;
  #inbox: Inbox | undefined;
  #generation = 0;
  #closed = false;
  address: string | undefined;

  constructor(listener: ReplyInboxListener, nextGeneration: () => number) {
    this.#listener = listener;
    this.#nextGeneration = nextGeneration;
  }

  opened(inbox: Inbox): void {
    this.#inbox = inbox;
    if (this.#closed) void inbox.close();
  }

  onMessage(message: Message): void {
    this.#listener.onReply(message);
  }

  onOpen(address: string): void {
    if (this.#closed) return;
    this.address = address;
    this.#generation = this.#nextGeneration();
    this.#listener.onInboxOpen();
  }

  onLost(_epoch: number, reason: RpcError): void {
    if (this.#closed) return;
    this.address = undefined;
    this.#listener.onInboxLost(this.#generation, reason);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.address = undefined;
    await this.#inbox?.close();
  }
}
