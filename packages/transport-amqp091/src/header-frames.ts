import { readProperties } from "./content-header.js";
import type { AmqplibConnection } from "./internals.js";

/** Frame type 2: the header of a content, with its properties (AMQP 0-9-1, 4.2.3). */
const HEADER_FRAME = 2;
/** Type, channel and size before the payload; one end byte after it. */
const FRAME_START = 7;
const FRAME_OVERHEAD = 8;
const FRAME_END = 0xce;
/** The number of class basic, the only one with contents. */
const CLASS_BASIC = 60;
/** Behind class and weight. */
const BODY_SIZE_AT = 4;

/**
 * Takes content header frames out of amqplib's hands on this one connection object: they are read by
 * `readProperties`, into the place where amqplib hands properties on. All other frames go its way.
 */
export function readHeaderFrames(connection: AmqplibConnection): void {
  const original = connection.recvFrame;
  connection.recvFrame = function recvFrame(this: AmqplibConnection): unknown {
    const size = wholeFrame(this);
    if (size === undefined) return false;
    const frame = this.rest;
    const isOurs = frame[0] === HEADER_FRAME && frame[FRAME_START + size] === FRAME_END;
    if (!isOurs || frame.readUInt16BE(FRAME_START) !== CLASS_BASIC) {
      return original.call(this);
    }
    this.rest = frame.subarray(size + FRAME_OVERHEAD);
    const payload = frame.subarray(FRAME_START, FRAME_START + size);
    return {
      id: CLASS_BASIC,
      channel: frame.readUInt16BE(1),
      size: Number(payload.readBigUInt64BE(BODY_SIZE_AT)),
      fields: readProperties(payload),
    };
  };
}

/**
 * Reads until `rest` begins with a whole frame, and returns the size of its payload.
 * @throws {Error} for one that says it is larger than agreed, as soon as it says so: amqplib would go on collecting bytes for it, up to
 * 64 MiB, and take a peer for alive that will never make sense again
 */
function wholeFrame(connection: AmqplibConnection): number | undefined {
  let rest = connection.rest;
  for (;;) {
    const size = rest.length < FRAME_START ? undefined : rest.readUInt32BE(3);
    if (size !== undefined) {
      const { frameMax } = connection;
      if (frameMax > 0 && size > frameMax)
        throw new Error(`a frame says that it has ${size} bytes; ${frameMax} were agreed`);
      if (rest.length >= size + FRAME_OVERHEAD) return size;
    }
    const incoming = connection.stream.read() as Buffer | null;
    if (incoming === null) return undefined;
    connection.recvSinceLastCheck = true;
    rest = rest.length === 0 ? incoming : Buffer.concat([rest, incoming]);
    connection.rest = rest;
  }
}
