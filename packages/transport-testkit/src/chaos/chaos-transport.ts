import {
  type ConsumeOptions,
  type Delivery,
  Events,
  type Inbox,
  type InboxHandler,
  type Lease,
  type Message,
  RpcError,
  type SendListener,
  type Subscription,
  TRANSPORT_EVENTS,
  type Transport,
  type TransportEvents,
  type TransportState,
  UNSENT,
} from "@porthos-rpc/protocol";
import { PassThrough } from "../pass-through.js";
import { ChaosConsumer } from "./chaos-consumer.js";
import { ChaosInbox } from "./chaos-inbox.js";
import type { ChaosLink, ChaosParts, Guarded } from "./chaos-link.js";
import { ChaosSends } from "./chaos-sends.js";
import { ChaosSubscription } from "./chaos-subscription.js";
import { Delays } from "./delays.js";
import { Dice, type Fault } from "./dice.js";
import type { ChaosSettings } from "./options.js";

/** A transport with faults. Made by `chaos()`. */
export class ChaosTransport extends PassThrough {
  readonly #settings: ChaosSettings;
  readonly #dice: Dice;
  readonly #sends: ChaosSends;
  readonly #events = new Events<TransportEvents>(undefined, TRANSPORT_EVENTS);
  readonly #links = new Set<ChaosLink>();
  /** Those of them that are lost, or were made while the connection was. */
  readonly #unopened = new Set<ChaosLink>();
  /** Stops the timer that ends the loss; undefined while nothing is lost. */
  #stopLoss: (() => void) | undefined;
  #waiters: (() => void)[] = [];
  #epoch = 0;

  /** @internal */
  constructor(inner: Transport, settings: ChaosSettings) {
    super(inner);
    this.#settings = settings;
    this.#dice = new Dice(settings.seed, settings.shares);
    this.#sends = new ChaosSends(this.#dice, this.#guarded);
    inner.on("up", () => this.#isLost || void this.#comeUp());
    inner.on("down", (event) => this.#isLost || this.#events.emit("down", event));
    for (const event of ["blocked", "returned", "degraded", "quarantined", "closed"] as const) {
      inner.on(event, (payload) => this.#events.emit(event, payload as never));
    }
  }

  /** How often each fault has happened. */
  get faults(): Readonly<Record<Fault, number>> {
    return this.#dice.counts;
  }

  override get state(): TransportState {
    return this.#isLost && this.inner.state === "up" ? "down" : this.inner.state;
  }

  /**
   * Loses the connection now, for `downMs`: sends under way end `unknown` and new ones `unsent`, what is unsettled
   * goes back to the broker, inboxes get new addresses, `down` and then `up` are told. Nothing happens unless it is up.
   */
  disconnect(): void {
    if (this.state !== "up") return;
    const reason = new RpcError("Unavailable", "chaos: the connection was lost");
    this.#stopLoss = this.#settings.clock.after(this.#settings.downMs, () => void this.#comeUp());
    for (const link of this.#links) {
      this.#unopened.add(link);
      link.lose(reason);
    }
    this.#sends.lost(reason);
    this.#events.emit("down", { reason });
  }

  override acquire(): Lease {
    const lease = this.inner.acquire();
    return {
      release: async () => {
        await lease.release();
        if (this.inner.state === "idle") this.#endLoss();
      },
    };
  }

  override async ready(): Promise<void> {
    if (this.#isLost) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    await this.inner.ready();
  }

  override send(queue: string, message: Message, listener?: SendListener): void {
    if (this.#unsent(listener)) return;
    this.#sends.send("dropSend", listener, (each) => this.inner.send(queue, message, each));
  }

  override reply(address: string, message: Message, listener?: SendListener): void {
    if (this.#unsent(listener)) return;
    this.#sends.send("dropReply", listener, (each) => this.inner.reply(address, message, each));
  }

  override publish(topic: string, message: Message, listener?: SendListener): void {
    if (this.#unsent(listener)) return;
    this.#sends.send("dropPublish", listener, (each) => this.inner.publish(topic, message, each));
  }

  override consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    return this.#open(new ChaosConsumer(this.inner, [queue, options, onDelivery], this.#parts()));
  }

  override openInbox(handler: InboxHandler): Promise<Inbox> {
    return this.#open(new ChaosInbox(this.inner, handler, this.#parts()));
  }

  override subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    return this.#open(new ChaosSubscription(this.inner, topic, onMessage, this.#parts()));
  }

  override on<K extends keyof TransportEvents>(
    event: K,
    handler: (event: TransportEvents[K]) => void,
  ): () => void {
    return this.#events.on(event, handler);
  }

  override async close(): Promise<void> {
    for (const link of this.#links) link.stop();
    const closing = this.inner.close();
    this.#endLoss();
    await closing;
  }

  get #isLost(): boolean {
    return this.#stopLoss !== undefined;
  }

  #parts(): ChaosParts {
    const onCancel = (link: ChaosLink): void => {
      this.#links.delete(link);
      this.#unopened.delete(link);
    };
    const delays = new Delays(this.#settings, this.#dice);
    return { dice: this.#dice, delays, onCancel, guarded: this.#guarded };
  }

  /** True if the send has ended here, because the connection is lost, or has been since just now. */
  #unsent(listener: SendListener | undefined): boolean {
    if (!this.#isLost && this.#dice.roll("disconnect")) this.disconnect();
    if (!this.#isLost || this.inner.state !== "up") return false;
    this.#guarded("an onOutcome", () => listener?.onOutcome(UNSENT));
    return true;
  }

  /** Opens the link, over as many losses as it takes. */
  async #open<L extends ChaosLink>(link: L): Promise<L> {
    this.#links.add(link);
    try {
      if (this.#isLost) this.#unopened.add(link);
      else await link.open();
      while (this.#isLost) await this.ready();
    } catch (error) {
      this.#links.delete(link);
      throw error;
    }
    return link;
  }

  /** Opens what is not open, and tells that the connection is there again, unless the inner one has gone meanwhile. */
  async #comeUp(): Promise<void> {
    while (this.#unopened.size > 0 && this.inner.state === "up") {
      const links = [...this.#unopened];
      this.#unopened.clear();
      await Promise.allSettled(links.map((link) => link.open()));
    }
    const isUp = this.inner.state === "up";
    this.#endLoss();
    if (isUp) this.#events.emit("up", { epoch: ++this.#epoch });
  }

  /** The loss is over, one way or another: whoever waits for that finds out which. */
  #endLoss(): void {
    this.#stopLoss?.();
    this.#stopLoss = undefined;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  /** Calls back, for what chaos tells by itself; an error is an event, and harms nobody else. */
  readonly #guarded: Guarded = (what, act) => {
    try {
      act();
    } catch (cause) {
      const reason = new RpcError("BadRequest", `chaos: ${what} has thrown`, { cause });
      this.#events.emit("degraded", { what, reason });
    }
  };
}
