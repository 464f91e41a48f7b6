import type { Socket } from "node:net";
import type { ChannelModel } from "amqplib";

/**
 * What this package uses of amqplib beside its public interface, all of it on the connection object. Unchanged from
 * amqplib 0.5 to 2.3.
 */
export interface AmqplibConnection {
  /** The TCP or TLS socket. */
  readonly stream: Socket;
  /** The largest frame that both sides agreed on, in bytes. */
  readonly frameMax: number;
  /** Seconds, as both sides agreed on; 0 = none. */
  readonly heartbeat: number;
  /** What was read from the socket and is no whole frame yet. */
  rest: Buffer;
  /** For the heartbeat: whether the peer showed signs of life. */
  recvSinceLastCheck: boolean;
  /** Cuts the next frame off and decodes it; false when there is none yet. */
  recvFrame(): unknown;
}

export function internalsOf(model: ChannelModel): AmqplibConnection {
  return model.connection as unknown as AmqplibConnection;
}
