import type { Inbox, InboxHandler, Message, RpcError, Transport } from "@porthos-rpc/protocol";
import type { ChaosLink, ChaosParts } from "./chaos-link.js";

/** An inbox whose messages may come twice or late, and whose address changes with each connection. */
export class ChaosInbox implements ChaosLink, Inbox {
  readonly #inner: Transport;
  readonly #handler: InboxHandler;
  readonly #parts: ChaosParts;
  #inbox: Inbox | undefined;
  #address: string | undefined;
  #epoch = 0;
  #turn = 0;

  constructor(inner: Transport, handler: InboxHandler, parts: ChaosParts) {
    this.#inner = inner;
    this.#handler = handler;
    this.#parts = parts;
  }

  get address(): string | undefined {
    return this.#address;
  }

  get epoch(): number {
    return this.#epoch;
  }

  async open(): Promise<void> {
    const turn = ++this.#turn;
    const isCurrent = (): boolean => turn === this.#turn;
    const inbox = await this.#inner.openInbox({
      onMessage: (message) => isCurrent() && this.#take(message, isCurrent),
      onOpen: (address) => isCurrent() && this.#opened(address),
      onLost: (_epoch, reason) => isCurrent() && this.#lost(reason),
    });
    if (isCurrent()) this.#inbox = inbox;
    else await inbox.close();
  }

  lose(reason: RpcError): void {
    this.#turn++;
    void this.#inbox?.close();
    this.#inbox = undefined;
    this.#lost(reason);
  }

  stop(): void {
    this.#turn++;
    this.#parts.delays.clear();
  }

  async close(): Promise<void> {
    this.#parts.onCancel(this);
    this.stop();
    const inbox = this.#inbox;
    this.#inbox = undefined;
    this.#address = undefined;
    await inbox?.close();
  }

  #opened(address: string): void {
    this.#address = address;
    this.#epoch++;
    this.#parts.guarded("an onOpen", () => this.#handler.onOpen?.(address, this.#epoch));
  }

  #lost(reason: RpcError): void {
    this.#parts.delays.clear();
    if (this.#address === undefined) return;
    this.#address = undefined;
    this.#parts.guarded("an onLost", () => this.#handler.onLost?.(this.#epoch, reason));
  }

  #take(message: Message, isCurrent: () => boolean): void {
    const hand = (each: Message): void => {
      const call = (): void => this.#parts.guarded("an onMessage", () => this.#handler.onMessage(each));
      this.#parts.delays.post(() => isCurrent() && call());
    };
    // The copy first: the receiver owns the bytes, and may write into them.
    const copy = this.#parts.dice.roll("duplicate") ? { ...message, body: message.body.slice() } : undefined;
    hand(message);
    if (copy !== undefined && isCurrent()) hand(copy);
  }
}
