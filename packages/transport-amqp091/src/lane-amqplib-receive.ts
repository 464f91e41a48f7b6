import { RpcError } from "@porthos-rpc/protocol";
import type { Settlement } from "@porthos-rpc/protocol/driver";
import type { Channel, ChannelModel, ConsumeMessage } from "amqplib";
import { AckWindow } from "./ack-window.js";
import { ChannelLife } from "./channel-life.js";
import type { Properties } from "./content-header.js";
import type { ReceiveLane, ReceiveLaneEvents, ReceiveLaneOptions } from "./lane.js";
import type { LaneContext } from "./lane-amqplib.js";
import { deliveryCountOf, toMessage } from "./mapping.js";

/** One consumer per channel, so one name does for all (consumer tags belong to their channel). */
const CONSUMER_TAG = "porthos";

export async function openReceiveLane(
  context: LaneContext,
  options: ReceiveLaneOptions,
  events: ReceiveLaneEvents,
): Promise<ReceiveLane> {
  const lane = new AmqplibReceiveLane(context, await context.model.createChannel(), options, events);
  await lane.open();
  return lane;
}

class AmqplibReceiveLane implements ReceiveLane {
  readonly #context: LaneContext;
  readonly #channel: Channel;
  readonly #events: ReceiveLaneEvents;
  readonly #options: ReceiveLaneOptions;
  readonly #life: ChannelLife;
  readonly #acks = new AckWindow();
  readonly probe: (() => Promise<void>) | undefined;
  /** What amqplib's ack and nack read of a message; refilled for each. */
  readonly #settled = { fields: { deliveryTag: 0 } } as ConsumeMessage;
  #queue: string;
  #cancelling = false;
  #stopped = false;
  #flushing = false;

  constructor(
    context: LaneContext,
    channel: Channel,
    options: ReceiveLaneOptions,
    events: ReceiveLaneEvents,
  ) {
    this.#context = context;
    this.#channel = channel;
    this.#events = events;
    this.#options = options;
    this.#queue = options.queue ?? "";
    this.#life = new ChannelLife(channel, (cause) => events.onLost(cause));
    this.probe = context.dialect.tellsOfDeletion ? undefined : () => this.#probe();
  }

  get queue(): string {
    return this.#queue;
  }

  async open(): Promise<void> {
    const channel = this.#channel;
    const { binding, credit, expiryMs } = this.#options;
    if (this.#queue === "" && expiryMs !== undefined) {
      await this.#declareLasting(expiryMs);
    } else if (this.#queue === "") {
      const own = await channel.assertQueue("", { exclusive: true, durable: false, autoDelete: true });
      this.#queue = own.queue;
      if (binding !== undefined) await this.#bind(own.queue, binding);
    }
    if (credit !== undefined) await channel.prefetch(credit);
    const noAck = credit === undefined;
    await channel.consume(this.#queue, this.#onMessage, { consumerTag: CONSUMER_TAG, noAck });
  }

  /** Durable, since RabbitMQ is about to have no other queues that are not exclusive. */
  async #declareLasting(expires: number): Promise<void> {
    if (!this.#context.dialect.expiresQueues) {
      const message = "the option inboxExpiryMs needs queues that expire, which only RabbitMQ has";
      throw new RpcError("Config", message, { executed: "no" });
    }
    const { queue } = await this.#channel.assertQueue("", { durable: true, expires });
    this.#queue = queue;
  }

  /** A refusal closes the channel, but leaves the queue: nobody has consumed it, so each attempt would leave one more. */
  async #bind(
    queue: string,
    { exchange, routingKey }: NonNullable<ReceiveLaneOptions["binding"]>,
  ): Promise<void> {
    try {
      await this.#channel.bindQueue(queue, exchange, routingKey);
    } catch (error) {
      await deleteQueue(this.#context.model, queue);
      throw error;
    }
  }

  settle(tag: number, how: Settlement): void {
    if (this.#life.ended) return;
    if (how === "accept" || (how === "reject" && this.#context.dialect.keepsRejected)) {
      this.#acks.accept(tag);
      this.#flushLater();
    } else if (this.#acks.drop(tag)) {
      this.#write(() => this.#channel.nack(this.#delivery(tag), false, how === "release"));
    }
    this.#closeIfDone();
  }

  async cancel(): Promise<void> {
    if (this.#life.ended || this.#cancelling) return;
    this.#cancelling = true;
    // Refused when the channel goes meanwhile; then there are no deliveries either.
    await this.#channel.cancel(CONSUMER_TAG).catch(() => {});
    this.#stopped = true;
    this.#closeIfDone();
  }

  close(): Promise<void> {
    this.#flush();
    const { queue, expiryMs } = this.#options;
    const isOwn = queue === undefined || expiryMs !== undefined;
    if (isOwn && !this.#life.ended) this.#deleteOwnQueue();
    return this.#life.close();
  }

  /**
   * The queue would go with its last consumer, but in its own time: on RabbitMQ 4 a reply that is sent right after the
   * channel was closed still finds it. This frame goes ahead of the one that closes the channel.
   */
  #deleteOwnQueue(): void {
    this.#channel.deleteQueue(this.#queue).catch(() => {});
  }

  /** amqplib closes the channel when this throws; null is the broker's own cancel. */
  readonly #onMessage = (delivery: ConsumeMessage | null): void => {
    if (delivery === null) this.#cancelledByBroker();
    else this.#receive(delivery);
  };

  #receive(delivery: ConsumeMessage): void {
    const { deliveryTag, redelivered } = delivery.fields;
    if (this.#options.credit !== undefined) this.#acks.delivered();
    if (this.#life.ended) return;
    if (this.#cancelling) {
      this.settle(deliveryTag, "release");
      return;
    }
    // Read by header-frames.ts, not by amqplib.
    const properties = delivery.properties as unknown as Properties;
    if (properties.unreadable !== undefined) {
      this.#rejectUnreadable(deliveryTag, properties.unreadable);
      return;
    }
    const message = toMessage(delivery.content, properties, this.#context.dialect);
    const count = redelivered ? deliveryCountOf(message) : undefined;
    this.#events.onDelivery(this, deliveryTag, message, redelivered, count);
  }

  #rejectUnreadable(tag: number, cause: unknown): void {
    if (this.#options.credit !== undefined) this.settle(tag, "reject");
    const message = "the headers of a delivery could not be decoded; it was rejected";
    this.#events.onUndecodable(new RpcError("BadRequest", message, { cause }));
  }

  /** The broker closes the channel over a queue that is missing, which is told like any such end. */
  async #probe(): Promise<void> {
    if (this.#life.ended || this.#cancelling) return;
    const found = await this.#channel.checkQueue(this.#queue).catch(() => undefined);
    // A virtual host may be set up to create what is asked for: then our consumer is not on it.
    if (found?.consumerCount === 0) this.#cancelledByBroker();
  }

  #cancelledByBroker(): void {
    if (this.#life.ended || this.#cancelling) return;
    void this.#life.close();
    this.#events.onLost(undefined);
  }

  /** Accepts of one turn become one acknowledgement where their order allows it. */
  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(this.#flushNow);
  }

  readonly #flushNow = (): void => {
    this.#flushing = false;
    this.#flush();
    this.#closeIfDone();
  };

  #flush(): void {
    if (this.#life.ended || this.#acks.waiting === 0) return;
    for (const { tag, multiple } of this.#acks.take()) {
      this.#write(() => this.#channel.ack(this.#delivery(tag), multiple));
    }
  }

  /** While amqplib itself closes the channel or the connection, it throws; the broker then delivers again. */
  #write(frame: () => void): void {
    try {
      frame();
      this.#context.cork.touch();
    } catch {
      // Told by `onLost`, or by the connection, in a moment.
    }
  }

  #delivery(tag: number): ConsumeMessage {
    this.#settled.fields.deliveryTag = tag;
    return this.#settled;
  }

  /** After a cancel the channel stays for those who have not settled yet. */
  #closeIfDone(): void {
    if (this.#stopped && this.#acks.unsettled === 0 && !this.#life.ended) void this.close();
  }
}

/** On a channel of its own, since the one that was refused something is closed. Never rejects. */
async function deleteQueue(model: ChannelModel, queue: string): Promise<void> {
  try {
    const channel = await model.createChannel();
    channel.on("error", () => {});
    await channel.deleteQueue(queue);
    // Not awaited: amqplib's promise stays open when the connection goes meanwhile.
    channel.close().catch(() => {});
  } catch {
    // It goes with its connection.
  }
}
