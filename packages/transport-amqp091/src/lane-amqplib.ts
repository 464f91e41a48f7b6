import type { ChannelModel } from "amqplib";
import { readHeaderFrames } from "./header-frames.js";
import { internalsOf } from "./internals.js";
import type { LaneDriver, Lanes } from "./lane.js";
import { openReceiveLane } from "./lane-amqplib-receive.js";
import { openSendLane } from "./lane-amqplib-send.js";
import { checkQueueName, type Dialect, dialectOf } from "./mapping.js";
import { TurnCork } from "./turn-cork.js";

/** What the lanes of one connection share. */
export interface LaneContext {
  readonly model: ChannelModel;
  readonly cork: TurnCork;
  readonly dialect: Dialect;
}

/**
 * With the 16 KiB that Node gives a socket, amqplib's multiplexer would stop after a few messages and wait for the
 * socket to drain: many small writes instead of one per turn.
 */
const SOCKET_BUFFER_BYTES = 1_048_576;

/** Lanes on amqplib's public channels, with a guard on what it reads and a cork on what it writes. */
export const lanesOfAmqplib: LaneDriver = {
  socketOptions: () => ({ highWaterMark: SOCKET_BUFFER_BYTES }) as object,
  attach(model: ChannelModel): Lanes {
    const connection = internalsOf(model);
    readHeaderFrames(connection);
    const { product } = model.connection.serverProperties;
    const context: LaneContext = {
      model,
      cork: new TurnCork(connection.stream),
      dialect: dialectOf(String(product), connection.frameMax),
    };
    return {
      checkQueueName: (queue) => checkQueueName(queue, context.dialect),
      openSend: (events) => openSendLane(context, events),
      openReceive: (options, events) => openReceiveLane(context, options, events),
    };
  },
};
