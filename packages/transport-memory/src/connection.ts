import type { Message, RpcError, SendListener, Transport } from "@porthos-rpc/protocol";
import type { AddressKind } from "./addresses.js";
import type { Broker } from "./broker.js";
import type { Consumer, ConsumerHandler } from "./consumer.js";
import { unknown } from "./errors.js";
import type { Mailbox } from "./mailbox.js";
import type { SendEvents } from "./sending.js";
import { Sends } from "./sends.js";

/** What a connection tells the transport that made it. */
export interface ConnectionOwner extends SendEvents {
  readonly transport: Transport;
  onLost(connection: Connection, reason: RpcError): void;
  /** The broker takes no messages, for that reason; undefined = it takes them. */
  onBlocked(reason: string | undefined): void;
}

/** One transport's connection to the broker: when it goes, its consumers, inboxes and subscriptions go with it. */
export class Connection {
  readonly #broker: Broker;
  readonly #owner: ConnectionOwner;
  readonly #sends: Sends;
  #consumers: Consumer[] = [];
  readonly #mailboxes = new Set<Mailbox>();
  #ended = false;

  constructor(broker: Broker, owner: ConnectionOwner) {
    this.#broker = broker;
    this.#owner = owner;
    this.#sends = new Sends(broker, owner);
  }

  get transport(): Transport {
    return this.#owner.transport;
  }

  /** Why the broker takes no messages; undefined = it takes them. */
  get blockedBy(): string | undefined {
    return this.#broker.blockedBy;
  }

  send(kind: AddressKind, address: string, message: Message, listener: SendListener | undefined): void {
    this.#sends.send(kind, address, message, listener);
  }

  consume(queue: string, handler: ConsumerHandler): Consumer {
    this.#consumers = this.#consumers.filter((consumer) => !consumer.isDone);
    const consumer = this.#broker.addresses.consume(queue, handler);
    this.#consumers.push(consumer);
    return consumer;
  }

  openInbox(address: string, onMessage: (message: Message) => void): Mailbox {
    return this.#keep(this.#broker.addresses.openInbox(address, { onMessage, onClose: this.#forget }));
  }

  subscribe(topic: string, onMessage: (message: Message) => void): Mailbox {
    return this.#keep(this.#broker.addresses.subscribe(topic, { onMessage, onClose: this.#forget }));
  }

  /** Takes no more from queues; what is unsettled can still be settled. */
  stopConsuming(): void {
    for (const consumer of this.#consumers) consumer.cancel();
  }

  /** Calls back when every send has its outcome; at once if that is so already. */
  whenConfirmed(then: () => void): void {
    this.#sends.whenConfirmed(then);
  }

  blockedChanged(): void {
    const reason = this.#broker.blockedBy;
    // First those that waited: who sends when it hears of it must not overtake them.
    if (reason === undefined) this.#sends.unblocked();
    this.#owner.onBlocked(reason);
  }

  /** The transport closes it. What has no outcome yet gets one in a later turn (see `whenConfirmed`). */
  end(reason: RpcError): void {
    if (this.#release()) this.#sends.fail(unknown(reason));
  }

  /** The broker, or the way to it, has failed. */
  cut(reason: RpcError): void {
    if (!this.#release()) return;
    this.#sends.fail(unknown(reason));
    this.#owner.onLost(this, reason);
  }

  #keep(mailbox: Mailbox): Mailbox {
    this.#mailboxes.add(mailbox);
    return mailbox;
  }

  readonly #forget = (mailbox: Mailbox): void => {
    this.#mailboxes.delete(mailbox);
  };

  /** Gives up all that it has at the broker; false if it had done so before. */
  #release(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    for (const mailbox of [...this.#mailboxes]) mailbox.close();
    for (const consumer of this.#consumers) consumer.end();
    this.#broker.disconnected(this);
    return true;
  }
}
