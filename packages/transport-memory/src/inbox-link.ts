import type { Inbox, InboxHandler, Message, RpcError } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";
import type { Link, LinkHost } from "./link.js";
import type { Mailbox } from "./mailbox.js";

/** An inbox, over all connections, with an address of its own on each. */
export class InboxLink implements Link, Inbox {
  readonly #host: LinkHost;
  readonly #handler: InboxHandler;
  #mailbox: Mailbox | undefined;
  #address: string | undefined;
  #epoch = 0;

  constructor(host: LinkHost, handler: InboxHandler) {
    this.#host = host;
    this.#handler = handler;
  }

  get address(): string | undefined {
    return this.#address;
  }

  get epoch(): number {
    return this.#epoch;
  }

  open(connection: Connection): void {
    const address = newAddress();
    this.#mailbox = connection.openInbox(address, this.#deliver);
    this.#address = address;
    this.#epoch++;
    try {
      this.#handler.onOpen?.(address, this.#epoch);
    } catch (error) {
      this.#host.onThrown("onOpen of an inbox", error);
    }
  }

  lost(reason: RpcError): void {
    if (this.#address === undefined) return;
    this.#address = undefined;
    this.#mailbox = undefined;
    try {
      this.#handler.onLost?.(this.#epoch, reason);
    } catch (error) {
      this.#host.onThrown("onLost of an inbox", error);
    }
  }

  async close(): Promise<void> {
    this.#host.detach(this);
    this.#mailbox?.close();
    this.#mailbox = undefined;
    this.#address = undefined;
  }

  readonly #deliver = (message: Message): void => {
    try {
      this.#handler.onMessage(message);
    } catch (error) {
      this.#host.onThrown("onMessage of an inbox", error);
    }
  };
}

/** 128 random bits: whoever was not given the address cannot send there. */
function newAddress(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `inbox.${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
