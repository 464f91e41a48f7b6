import type {
  Message,
  SendOutcome,
  Transport,
  TransportEvents,
  TransportFeatures,
} from "@porthos-rpc/protocol";
import type { FixtureLimits, TransportFixture, Waits } from "../fixture.js";
import { Arrivals } from "./arrivals.js";
import { GuardedBroker } from "./broker.js";
import { Consumer, type ConsumerOptions } from "./consumer.js";
import { message } from "./messages.js";
import { Names } from "./names.js";
import { OpenedInbox } from "./opened-inbox.js";
import { Sent } from "./sent.js";
import { Subscriber } from "./subscriber.js";
import { nextTurn, pause, until, within } from "./waits.js";

/**
 * What a case works with: transports, unique names, and collectors with bounded waits. Whatever was made here is
 * closed by `tearDown`, which also judges what holds for every case (see there).
 */
export class Bench {
  readonly features: TransportFeatures;
  readonly limits: FixtureLimits;
  readonly waits: Waits;
  readonly broker: GuardedBroker;
  readonly #fixture: TransportFixture;
  readonly #names = new Names();
  readonly #transports: Transport[] = [];
  readonly #queues: string[] = [];
  readonly #sent: Sent[] = [];
  readonly #arrivals: { readonly count: number }[] = [];

  constructor(fixture: TransportFixture, features: TransportFeatures, waits: Waits) {
    this.#fixture = fixture;
    this.features = features;
    this.limits = fixture.limits ?? {};
    this.waits = waits;
    this.broker = new GuardedBroker(fixture.broker ?? {}, waits);
  }

  /** A new transport that nobody has started. */
  async create(): Promise<Transport> {
    const transport = await within(
      this.waits.brokerMs,
      "the fixture's create()",
      Promise.resolve(this.#fixture.create()),
    );
    this.#transports.push(transport);
    return transport;
  }

  /** A new transport that is held by a lease and can send. */
  async up(): Promise<Transport> {
    const transport = await this.create();
    transport.acquire();
    await this.ready(transport);
    return transport;
  }

  async ready(transport: Transport): Promise<void> {
    await within(this.waits.reconnectMs, "ready()", transport.ready());
  }

  async close(transport: Transport): Promise<void> {
    await within(this.waits.reconnectMs, "close() of a transport", transport.close());
  }

  /** The name of a queue that does not exist yet. */
  queueName(word = "queue"): string {
    const base = this.#names.next(word);
    return this.adopt(this.#fixture.queueName?.(base) ?? base);
  }

  /** A queue name of the case's own making, to be removed after it. */
  adopt(queue: string): string {
    this.#queues.push(queue);
    return queue;
  }

  topicName(word = "topic"): string {
    return this.#names.next(word);
  }

  /** The name of a queue that exists and that nobody consumes. */
  async declareQueue(transport: Transport): Promise<string> {
    const consumer = await this.consume(transport, this.queueName());
    await consumer.cancel();
    return consumer.queue;
  }

  async consume(transport: Transport, queue: string, options: ConsumerOptions = {}): Promise<Consumer> {
    const consumer = new Consumer(queue, this.waits);
    this.#arrivals.push(consumer.deliveries);
    return consumer.start(transport, options);
  }

  async openInbox(transport: Transport): Promise<OpenedInbox> {
    const inbox = new OpenedInbox(this.waits);
    this.#arrivals.push(inbox.messages);
    return inbox.open(transport);
  }

  async subscribe(transport: Transport, topic: string): Promise<Subscriber> {
    const subscriber = new Subscriber(topic, this.waits);
    this.#arrivals.push(subscriber.messages);
    return subscriber.start(transport);
  }

  listen<K extends keyof TransportEvents>(transport: Transport, event: K): Arrivals<TransportEvents[K]> {
    const events = new Arrivals<TransportEvents[K]>(`the event "${event}"`, this.waits);
    transport.on(event, events.add);
    return events;
  }

  send(transport: Transport, queue: string, what: Message | string = message()): Sent {
    const sent = this.#expect(`a send to ${queue}`);
    transport.send(queue, typeof what === "string" ? message(what) : what, sent);
    return sent;
  }

  reply(transport: Transport, address: string, what: Message | string = message()): Sent {
    const sent = this.#expect("a reply");
    transport.reply(address, typeof what === "string" ? message(what) : what, sent);
    return sent;
  }

  publish(transport: Transport, topic: string, what: Message | string = message()): Sent {
    const sent = this.#expect(`a publish on ${topic}`);
    transport.publish(topic, typeof what === "string" ? message(what) : what, sent);
    return sent;
  }

  /** Sends, again and again while the transport says that the message did not get through; as a patient user would. */
  async sendPatiently(
    transport: Transport,
    queue: string,
    what: Message | string = message(),
  ): Promise<void> {
    const end = performance.now() + this.waits.reconnectMs;
    let outcome: SendOutcome;
    do {
      outcome = await this.send(transport, queue, what).outcome();
      if (outcome.kind === "accepted") return;
      await pause(10);
    } while (performance.now() < end);
    throw new Error(
      `no send to ${queue} was accepted within ${this.waits.reconnectMs} ms; the last was ${outcome.kind}`,
    );
  }

  /** Drops all connections, and waits until each of the transports has noticed and is up again. */
  async cut(...transports: readonly Transport[]): Promise<void> {
    await this.#throughDown(transports, () => this.broker.cut());
  }

  /** Restarts the broker, and waits until each of the transports has noticed and is up again. */
  async restart(...transports: readonly Transport[]): Promise<void> {
    await this.#throughDown(transports, () => this.broker.restart());
  }

  /** Stops the broker, and waits until each of the transports has noticed. */
  async stop(...transports: readonly Transport[]): Promise<void> {
    const downs = transports.map((transport) => this.listen(transport, "down"));
    await this.broker.stop();
    for (const down of downs) await down.next(this.waits.reconnectMs);
  }

  /** Waits until the transport can send again. */
  async upAgain(transport: Transport): Promise<void> {
    await this.until("the transport to be up again", () => transport.state === "up", this.waits.reconnectMs);
  }

  within<T>(what: string, promise: PromiseLike<T>, ms: number = this.waits.waitMs): Promise<T> {
    return within(ms, what, promise);
  }

  until(what: string, condition: () => boolean, ms: number = this.waits.waitMs): Promise<void> {
    return until(ms, what, condition);
  }

  /** Long enough to believe that what did not happen will not. */
  quiet(): Promise<void> {
    return pause(this.waits.quietMs);
  }

  /**
   * Undoes what the case did, and judges what holds for every case: each transport closes in time and is then
   * `closed`, each send was told exactly one outcome by then, and nothing arrives any more.
   */
  async tearDown(): Promise<void> {
    const faults: string[] = [];
    const note = (error: unknown): void =>
      void faults.push(error instanceof Error ? error.message : String(error));
    await this.broker.restore().catch(note);
    await Promise.all(this.#transports.map((transport) => this.close(transport).catch(note)));
    for (const { state } of this.#transports)
      if (state !== "closed") note(`a closed transport's state is ${state}`);
    const before = this.#arrivals.map((each) => each.count);
    await nextTurn();
    faults.push(...this.#sent.flatMap((sent) => sent.fault() ?? []));
    if (this.#arrivals.some((each, index) => each.count !== before[index]))
      note("something arrived after close()");
    if (this.#queues.length > 0) await this.#removeQueues().catch(note);
    if (faults.length > 0) throw new Error(`after the case: ${faults.slice(0, 5).join("; ")}`);
  }

  async #removeQueues(): Promise<void> {
    const removing = Promise.resolve(this.#fixture.removeQueues?.(this.#queues));
    await within(this.waits.brokerMs, "the fixture's removeQueues()", removing);
  }

  #expect(what: string): Sent {
    const sent = new Sent(what, this.waits.waitMs);
    this.#sent.push(sent);
    return sent;
  }

  async #throughDown(transports: readonly Transport[], act: () => Promise<void>): Promise<void> {
    const downs = transports.map((transport) => this.listen(transport, "down"));
    await act();
    for (const down of downs) await down.next(this.waits.reconnectMs);
    for (const transport of transports) await this.upAgain(transport);
  }
}
