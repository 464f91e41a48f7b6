import type { Socket } from "node:net";
import type { Channel } from "amqplib";

/** A table within a table within …, as bytes: amqplib's encoder would overflow the stack over it. */
export function nestedTable(depth: number): Buffer {
  let inner = Buffer.alloc(4);
  const levels: Buffer[] = [inner];
  for (let level = 0, length = 4; level < depth; level++, length += 7) {
    inner = Buffer.from([0, 0, 0, 0, 1, 0x61, 0x46]);
    inner.writeUInt32BE(length + 3);
    levels.unshift(inner);
  }
  return Buffer.concat(levels);
}

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const start = Buffer.alloc(7);
  start.writeUInt8(type, 0);
  start.writeUInt16BE(channel, 1);
  start.writeUInt32BE(payload.length, 3);
  return Buffer.concat([start, payload, Buffer.from([0xce])]);
}

/** Publishes to a queue what no library would: any bytes as the header table. */
export function publishRaw(channel: Channel, queue: string, table: Buffer, body: string): void {
  const { ch } = channel as unknown as { ch: number };
  const { stream } = channel.connection as unknown as { stream: Socket };
  const method = Buffer.concat([
    Buffer.from([0, 60, 0, 40, 0, 0, 0, queue.length]),
    Buffer.from(queue),
    Buffer.from([0]),
  ]);
  const header = Buffer.alloc(14);
  header.writeUInt16BE(60, 0);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt16BE(0x2000, 12);
  stream.write(
    Buffer.concat([
      frame(1, ch, method),
      frame(2, ch, Buffer.concat([header, table])),
      frame(3, ch, Buffer.from(body)),
    ]),
  );
}
