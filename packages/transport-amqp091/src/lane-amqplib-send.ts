import { type Message, RpcError } from "@porthos-rpc/protocol";
import { type ConfirmChannel, IllegalOperationError } from "amqplib";
import { ChannelLife } from "./channel-life.js";
import type { SendLane, SendLaneEvents } from "./lane.js";
import type { LaneContext } from "./lane-amqplib.js";
import { LateReturns } from "./late-returns.js";
import { bufferOf, checkQueueName, checkShort, isReturnable, publishOptions } from "./mapping.js";

export async function openSendLane(context: LaneContext, events: SendLaneEvents): Promise<SendLane> {
  return new AmqplibSendLane(context, await context.model.createConfirmChannel(), events);
}

class AmqplibSendLane implements SendLane {
  readonly #context: LaneContext;
  readonly #channel: ConfirmChannel;
  readonly #life: ChannelLife;

  constructor(context: LaneContext, channel: ConfirmChannel, events: SendLaneEvents) {
    this.#context = context;
    this.#channel = channel;
    if (context.dialect.returnsLate) listenForLateReturns(channel, events);
    else listen(channel, events);
    this.#life = new ChannelLife(channel, (cause) => events.onLost(cause));
  }

  publish(exchange: string, routingKey: string, message: Message, messageId: string | undefined): boolean {
    if (this.#life.ended) return false;
    const content = bufferOf(message.body);
    const { dialect } = this.#context;
    checkShort("address", routingKey);
    if (exchange === "") checkQueueName(routingKey, dialect);
    const options = publishOptions(
      message,
      isReturnable(routingKey, dialect) ? messageId : undefined,
      dialect,
    );
    try {
      // False means that much is waiting for the socket; the message is queued all the same, and bounded above us.
      this.#channel.publish(exchange, routingKey, content, options);
    } catch (error) {
      // While amqplib itself closes the channel or the connection, it throws this before anyone was told.
      if (error instanceof IllegalOperationError) return false;
      throw new RpcError("BadRequest", "the message has no AMQP form", { cause: error });
    }
    this.#context.cork.touch();
    return true;
  }

  close(): Promise<void> {
    return this.#life.close();
  }
}

/** One listener for all confirms, instead of a callback per message: numbers count from 1 on each channel. */
function listen(channel: ConfirmChannel, events: SendLaneEvents): void {
  channel.on("ack", ({ deliveryTag, multiple }) => events.onConfirm(deliveryTag, multiple, true));
  channel.on("nack", ({ deliveryTag, multiple }) => events.onConfirm(deliveryTag, multiple, false));
  channel.on("return", ({ properties }) => events.onReturn(String(properties.messageId)));
}

function listenForLateReturns(channel: ConfirmChannel, events: SendLaneEvents): void {
  const returns = new LateReturns(events);
  channel.on("ack", ({ deliveryTag, multiple }) => returns.onAck(deliveryTag, multiple));
  channel.on("nack", ({ deliveryTag, multiple }) => returns.onNack(deliveryTag, multiple));
  channel.on("return", ({ properties }) => returns.onReturn(String(properties.messageId)));
  channel.on("close", () => returns.flush());
}
