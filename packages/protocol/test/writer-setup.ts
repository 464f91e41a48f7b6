import { setImmediate } from "node:timers/promises";
import { jsonCodec } from "../src/json-codec.js";
import { ManualClock } from "../src/manual-clock.js";
import type { ItemsFrame } from "../src/stream/frames.js";
import { StreamWriter, type StreamWriterOptions, type WriterFault } from "../src/stream/stream-writer.js";
import { ACCEPTED, type SendListener, type SendOutcome } from "../src/transport.js";

/** A port that keeps what it is told. */
export class RecordingPort {
  readonly frames: ItemsFrame[] = [];
  readonly listeners: SendListener[] = [];
  /** What happened, in its order: `item 0`, `items 0-63`, `end 64`, `source Error: x`, `late Error: x`. */
  readonly log: string[] = [];
  error: unknown;
  /** Undefined: outcomes are given by the test. */
  outcome: SendOutcome | undefined = ACCEPTED;

  send(frame: ItemsFrame, listener: SendListener): void {
    this.frames.push(frame);
    const { kind, seq, count } = frame;
    this.log.push(count === 1 ? `${kind} ${seq}` : `${kind} ${seq}-${seq + count - 1}`);
    if (this.outcome === undefined) this.listeners.push(listener);
    else listener.onOutcome(this.outcome);
  }

  onEnd(count: number): void {
    this.log.push(`end ${count}`);
  }

  onError(error: unknown, fault: WriterFault): void {
    this.error = error;
    this.log.push(`${fault} ${String(error)}`);
  }

  onLate(error: unknown): void {
    this.log.push(`late ${String(error)}`);
  }

  /** Gives the frames whose outcomes are due theirs. */
  settle(count: number, outcome: SendOutcome = ACCEPTED): void {
    for (const listener of this.listeners.splice(0, count)) listener.onOutcome(outcome);
  }

  /** The items of all frames, decoded. */
  get items(): unknown[] {
    return this.frames.flatMap(({ kind, body, contentType }) => {
      if (contentType !== jsonCodec.contentType) return [body];
      const decoded = jsonCodec.decode(body);
      return kind === "items" ? (decoded as unknown[]) : [decoded];
    });
  }
}

export interface WriterSetup {
  readonly clock: ManualClock;
  readonly port: RecordingPort;
  readonly writer: StreamWriter;
  /** Lets everything happen that does not need a turn of the clock. */
  quiet(): Promise<void>;
  /** Takes turns until nothing waits for one. */
  turns(): Promise<void>;
}

/** A writer with plenty of credit that has not begun. */
export function setupWriter(
  source: StreamWriterOptions["source"],
  options: Partial<StreamWriterOptions> = {},
): WriterSetup {
  const clock = new ManualClock();
  const port = new RecordingPort();
  const writer = new StreamWriter({
    name: "S.m",
    source,
    port,
    clock,
    codec: jsonCodec,
    bytesContentType: "application/octet-stream",
    credit: 1_000_000,
    maxBodyBytes: 1_048_576,
    ...options,
  });
  const quiet = async (): Promise<void> => {
    await setImmediate();
  };
  const turns = async (): Promise<void> => {
    await quiet();
    while (clock.laterCount > 0) {
      clock.advance(0);
      await quiet();
    }
  };
  return { clock, port, writer, quiet, turns };
}
