import type { Inbox, InboxHandler, RpcError } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";
import type { Link } from "./link.js";
import { newInboxAddress } from "./names.js";
import type { Report } from "./report.js";

/** An inbox, over all connections: a channel with a new name on each, so that it is gone with its connection. */
export class InboxLink implements Link, Inbox {
  readonly #report: Report;
  readonly #handler: InboxHandler;
  #address: string | undefined;
  #epoch = 0;
  #isClosed = false;
  #stop: (() => Promise<void>) | undefined;

  constructor(report: Report, handler: InboxHandler) {
    this.#report = report;
    this.#handler = handler;
  }

  get address(): string | undefined {
    return this.#address;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async open(connection: Connection): Promise<void> {
    const address = newInboxAddress();
    this.#stop = await connection.subscribe(address, (bytes) => {
      this.#report.receive(address, bytes, (message) => this.#handler.onMessage(message));
    });
    if (this.#isClosed) return await this.#stop();
    this.#address = address;
    const epoch = ++this.#epoch;
    this.#report.guard("onOpen of an inbox", () => this.#handler.onOpen?.(address, epoch));
  }

  lost(reason: RpcError): void {
    this.#stop = undefined;
    if (this.#address === undefined) return;
    this.#address = undefined;
    this.#report.guard("onLost of an inbox", () => this.#handler.onLost?.(this.#epoch, reason));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#address = undefined;
    await this.#stop?.();
  }
}
