import { ACCEPTED, type SendOutcome, UNROUTABLE } from "@porthos-rpc/protocol";
import { Consumer, type ConsumerHandler } from "./consumer.js";
import type { Engine } from "./engine.js";
import { badAddress, overloaded } from "./errors.js";
import { Mailbox, type MailboxReceiver } from "./mailbox.js";
import type { Parcel } from "./parcel.js";
import { Queue } from "./queue.js";
import { isShort } from "./utf8.js";

/** The three kinds of address. Each has names of its own: a reply cannot reach a queue, whatever its address says. */
export type AddressKind = "queue" | "inbox" | "topic";

/** Who is reached under which name. */
export class Addresses {
  readonly #engine: Engine;
  readonly #queues = new Map<string, Queue>();
  readonly #inboxes = new Map<string, Mailbox>();
  readonly #topics = new Map<string, Set<Mailbox>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  route(kind: AddressKind, address: string, parcel: Parcel): SendOutcome {
    if (kind === "queue") return this.#queues.get(address)?.put(parcel) ?? nobody(address);
    if (kind === "inbox") return this.#toInbox(address, parcel);
    return this.#toTopic(address, parcel);
  }

  queue(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  /** Declares the queue if it is missing. */
  consume(name: string, handler: ConsumerHandler): Consumer {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, this.#engine);
      this.#queues.set(name, queue);
    }
    return new Consumer(this.#engine, queue, handler);
  }

  deleteQueue(name: string): boolean {
    const queue = this.#queues.get(name);
    this.#queues.delete(name);
    queue?.delete();
    return queue !== undefined;
  }

  openInbox(address: string, receiver: MailboxReceiver): Mailbox {
    const inbox = new Mailbox(this.#engine, {
      onMessage: (message) => receiver.onMessage(message),
      onClose: () => {
        this.#inboxes.delete(address);
        receiver.onClose(inbox);
      },
    });
    this.#inboxes.set(address, inbox);
    return inbox;
  }

  subscribe(topic: string, receiver: MailboxReceiver): Mailbox {
    const subscribers = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscribers);
    const subscriber = new Mailbox(this.#engine, {
      onMessage: (message) => receiver.onMessage(message),
      onClose: () => {
        subscribers.delete(subscriber);
        if (subscribers.size === 0) this.#topics.delete(topic);
        receiver.onClose(subscriber);
      },
    });
    subscribers.add(subscriber);
    return subscriber;
  }

  /** What a restart of the broker does to messages. */
  keepDurable(): void {
    for (const queue of this.#queues.values()) queue.keepDurable();
  }

  #toInbox(address: string, parcel: Parcel): SendOutcome {
    const inbox = this.#inboxes.get(address);
    if (inbox === undefined) return nobody(address);
    return inbox.put(parcel) ? ACCEPTED : overloaded("the inbox is full");
  }

  /** A subscriber without room misses the message: at most once is all that topics promise. */
  #toTopic(topic: string, parcel: Parcel): SendOutcome {
    const { maxMessageBytes } = this.#engine.settings;
    for (const subscriber of this.#topics.get(topic) ?? []) subscriber.put(parcel.copy(maxMessageBytes));
    return isAddress(topic) ? ACCEPTED : badAddress(topic);
  }
}

function nobody(address: string): SendOutcome {
  return isAddress(address) ? UNROUTABLE : badAddress(address);
}

function isAddress(address: unknown): boolean {
  return typeof address === "string" && address !== "" && isShort(address);
}
