import type { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { encodedTable } from "../test/driver-codec.js";
import { nestedTable } from "../test/raw-frames.js";
import { readHeaderFrames } from "./header-frames.js";
import type { AmqplibConnection } from "./internals.js";

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const start = Buffer.alloc(7);
  start.writeUInt8(type, 0);
  start.writeUInt16BE(channel, 1);
  start.writeUInt32BE(payload.length, 3);
  return Buffer.concat([start, payload, Buffer.from([0xce])]);
}

function headerFrame(bodySize: number, table: Buffer): Buffer {
  const start = Buffer.alloc(14);
  start.writeUInt16BE(60, 0);
  start.writeUInt32BE(bodySize, 8);
  start.writeUInt16BE(0x2000, 12);
  return frame(2, 3, Buffer.concat([start, table]));
}

const BODY = frame(3, 3, Buffer.from("body"));

/** A connection to which bytes come in these chunks; its own recvFrame tells which frame it was left with. */
function connection(...chunks: Buffer[]): AmqplibConnection {
  const stream = { read: () => chunks.shift() ?? null } as unknown as Socket;
  const made: AmqplibConnection = {
    stream,
    heartbeat: 0,
    frameMax: 131_072,
    rest: Buffer.alloc(0),
    recvSinceLastCheck: false,
    recvFrame(this: AmqplibConnection) {
      const size = this.rest.readUInt32BE(3);
      const type = this.rest[0];
      this.rest = this.rest.subarray(size + 8);
      return { left: type };
    },
  };
  readHeaderFrames(made);
  return made;
}

describe("readHeaderFrames", () => {
  test("header frames are read, all others are left to amqplib, and false ends the loop", () => {
    const it = connection(Buffer.concat([headerFrame(4, encodedTable({ a: 1 })), BODY]));
    expect(it.recvFrame()).toMatchObject({
      id: 60,
      channel: 3,
      size: 4,
      fields: { headers: new Map([["a", 1]]) },
    });
    expect(it.recvFrame()).toEqual({ left: 3 });
    expect(it.recvFrame()).toBe(false);
    expect([it.recvSinceLastCheck, it.rest.length]).toEqual([true, 0]);
  });

  test("frames that come byte by byte are put together", () => {
    const bytes = Buffer.concat([headerFrame(4, encodedTable({ a: "b" })), BODY]);
    const it = connection(...Array.from(bytes, (byte) => Buffer.from([byte])));
    expect(it.recvFrame()).toMatchObject({ fields: { headers: new Map([["a", "b"]]) } });
    expect(it.recvFrame()).toEqual({ left: 3 });
  });

  test("headers that cannot be read get a mark, and the next frame is read", () => {
    const it = connection(Buffer.concat([headerFrame(4, nestedTable(4_000)), BODY]));
    const read = it.recvFrame() as { fields: { unreadable: unknown; headers: Map<string, unknown> } };
    expect(read.fields.unreadable).toBeInstanceOf(Error);
    expect(read.fields.headers.size).toBe(0);
    expect(it.recvFrame()).toEqual({ left: 3 });
  });

  test("a header frame without its end byte, or of another class, is left to amqplib", () => {
    const broken = headerFrame(0, encodedTable({}));
    broken[broken.length - 1] = 0;
    expect(connection(broken).recvFrame()).toEqual({ left: 2 });
    const foreign = headerFrame(0, encodedTable({}));
    foreign[8] = 90;
    expect(connection(foreign).recvFrame()).toEqual({ left: 2 });
  });

  test("a frame that says it is larger than agreed ends the connection before it has come whole", () => {
    const start = Buffer.from([2, 0, 3, 0x7f, 0xff, 0xff, 0xff]);
    expect(() => connection(start).recvFrame()).toThrow("2147483647 bytes; 131072 were agreed");
    // The alert of a TLS peer, whose bytes would make a frame of 131,632.
    expect(() => connection(Buffer.from("15030100020230", "hex")).recvFrame()).toThrow("131632 bytes");
  });
});
