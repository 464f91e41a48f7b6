import type { Inbox, Message, RpcError, Transport } from "@porthos-rpc/protocol";
import type { Waits } from "../fixture.js";
import { Arrivals } from "./arrivals.js";
import { until, within } from "./waits.js";

/** What `onOpen` and `onLost` were told, in order. */
export type InboxTurn =
  | { readonly what: "open"; readonly address: string; readonly epoch: number }
  | { readonly what: "lost"; readonly epoch: number; readonly reason: RpcError };

/** An inbox and what it was given. */
export class OpenedInbox {
  readonly messages: Arrivals<Message>;
  readonly turns: Arrivals<InboxTurn>;
  readonly #waits: Waits;
  #inbox: Inbox | undefined;

  constructor(waits: Waits) {
    this.#waits = waits;
    this.messages = new Arrivals("a message to the inbox", waits);
    this.turns = new Arrivals("an address of the inbox opened or lost", waits);
  }

  async open(transport: Transport): Promise<this> {
    const opening = transport.openInbox({
      onMessage: this.messages.add,
      onOpen: (address, epoch) => this.turns.add({ what: "open", address, epoch }),
      onLost: (epoch, reason) => this.turns.add({ what: "lost", epoch, reason }),
    });
    this.#inbox = await within(this.#waits.reconnectMs, "openInbox()", opening);
    return this;
  }

  get inbox(): Inbox {
    return this.#inbox as Inbox;
  }

  /** The current address; fails while there is none. */
  get address(): string {
    if (this.inbox.address === undefined) throw new Error("the inbox has no address");
    return this.inbox.address;
  }

  /** Waits for a later address than that of `epoch`. */
  async reopened(epoch: number): Promise<string> {
    const { inbox } = this;
    const what = `the inbox to have an address of a later epoch than ${epoch}`;
    await until(this.#waits.reconnectMs, what, () => inbox.epoch > epoch && inbox.address !== undefined);
    return this.address;
  }

  async close(): Promise<void> {
    await within(this.#waits.waitMs, "close() of the inbox", this.inbox.close());
  }
}
