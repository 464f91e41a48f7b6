/** What a frame holds (section 4.2.3). */
export const FrameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const;

const FRAME_END = 0xce;
/** Type, channel and size before the payload, the end mark after it. */
const FRAME_OVERHEAD = 8;

export interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

/** What a client says first: AMQP 0-9-1. */
export const PROTOCOL_HEADER: Buffer = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);

export function encodeFrame({ type, channel, payload }: Frame): Buffer {
  const frame = Buffer.alloc(payload.length + FRAME_OVERHEAD);
  frame.writeUInt8(type, 0);
  frame.writeUInt16BE(channel, 1);
  frame.writeUInt32BE(payload.length, 3);
  payload.copy(frame, 7);
  frame.writeUInt8(FRAME_END, payload.length + 7);
  return frame;
}

/** The frames of a body, none for an empty one. */
export function bodyFrames(channel: number, body: Uint8Array, maxFrameBytes: number): Frame[] {
  const frames: Frame[] = [];
  const step = maxFrameBytes - FRAME_OVERHEAD;
  for (let start = 0; start < body.length; start += step) {
    const payload = Buffer.from(body.subarray(start, start + step));
    frames.push({ type: FrameType.body, channel, payload });
  }
  return frames;
}

/** Cuts what a socket brings into frames. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** @returns the frames that are complete now */
  push(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    if (this.#rest.length < FRAME_OVERHEAD) return undefined;
    const end = this.#rest.readUInt32BE(3) + FRAME_OVERHEAD;
    if (this.#rest.length < end) return undefined;
    const frame = this.#rest.subarray(0, end);
    if (frame[end - 1] !== FRAME_END) throw new Error("a frame does not end with 0xCE");
    this.#rest = this.#rest.subarray(end);
    return { type: frame.readUInt8(0), channel: frame.readUInt16BE(1), payload: frame.subarray(7, end - 1) };
  }
}
