import { setImmediate } from "node:timers/promises";
import { Codecs } from "../src/content.js";
import { DeadlineWheel } from "../src/deadline-wheel.js";
import { RpcError } from "../src/errors.js";
import { jsonCodec } from "../src/json-codec.js";
import { ManualClock } from "../src/manual-clock.js";
import type { Message } from "../src/message.js";
import { Beats } from "../src/stream/beats.js";
import { frameMessage, frameOf, type OutgoingFrame } from "../src/stream/frames.js";
import { Silence } from "../src/stream/silence.js";
import type { StreamSource } from "../src/stream/source.js";
import { StreamReader } from "../src/stream/stream-reader.js";
import { StreamWriter } from "../src/stream/stream-writer.js";
import { ACCEPTED, type SendListener, type SendOutcome } from "../src/transport.js";

const BEAT_MS = 1_000;

/** What a channel does to a frame. */
export type Fault = "none" | "drop" | "double" | "swap" | "cut";

export interface LinkOptions {
  readonly source: StreamSource<unknown>;
  readonly window: number;
  /** For the frames to the reader and to the writer, in their order; those after them arrive as they are. */
  readonly toReader?: readonly Fault[];
  readonly toWriter?: readonly Fault[];
  readonly idleTimeoutMs?: number;
}

/** Messages on their way in one direction, in their order unless a fault says otherwise. */
class Way {
  readonly queue: Message[] = [];
  readonly #faults: readonly Fault[];
  #sent = 0;
  /** From now on nothing arrives. */
  isCut = false;

  constructor(faults: readonly Fault[] = []) {
    this.#faults = faults;
  }

  send(frame: OutgoingFrame): void {
    const message = frameMessage(frame, { correlationId: "1", replyTo: undefined, ttlMs: undefined });
    const fault = this.#faults[this.#sent++] ?? "none";
    if (fault === "cut") this.isCut = true;
    if (fault === "drop" || this.isCut) return;
    const last = this.queue.at(-1);
    if (fault === "swap" && last !== undefined) this.queue.splice(-1, 1, message, last);
    else this.queue.push(message);
    if (fault === "double") this.queue.push(message);
  }
}

/**
 * A writer and a reader as client and server are to connect them, with a channel in between that the test moves: nothing
 * arrives, and no outcome is told, before it says so.
 */
export class StreamLink {
  readonly clock: ManualClock = new ManualClock();
  readonly wheel: DeadlineWheel = new DeadlineWheel(this.clock);
  readonly toReader: Way;
  readonly toWriter: Way;
  readonly writer: StreamWriter;
  readonly reader: StreamReader<unknown>;
  /** What the user got, and how it ended for him. */
  readonly got: unknown[] = [];
  readerEnd: string | undefined;
  writerEnd: string | undefined;
  readonly late: unknown[] = [];
  readonly #outcomes: SendListener[] = [];
  readonly #writerSide: { readonly beats: Beats; readonly silence: Silence };
  readonly #readerSide: { readonly beats: Beats; readonly silence: Silence };
  #reading = 0;

  constructor(options: LinkOptions) {
    this.toReader = new Way(options.toReader);
    this.toWriter = new Way(options.toWriter);
    this.writer = this.#makeWriter(options);
    this.reader = this.#makeReader(options);
    this.reader.begun();
    this.#writerSide = this.#watch(
      () => this.#fromWriter({ kind: "alive", seq: this.writer.count, credit: undefined }),
      () => this.#stopWriter("silence"),
    );
    this.#readerSide = this.#watch(
      () => this.#fromReader({ kind: "alive", seq: undefined, credit: this.reader.granted }),
      () => this.#failReader(new RpcError("Unavailable", "the writer is silent")),
    );
    this.writer.start();
  }

  get isOver(): boolean {
    return this.readerEnd !== undefined && this.writerEnd !== undefined;
  }

  /** How many calls of `next()` have no answer yet. */
  get reading(): number {
    return this.#reading;
  }

  deliverToReader(): void {
    const message = this.toReader.queue.shift();
    const frame = message === undefined ? undefined : frameOf(message);
    if (frame === undefined) return;
    this.#readerSide.silence.heard();
    if (frame.kind === "items" || frame.kind === "item") this.reader.push(frame);
    else if (frame.kind === "alive" && frame.seq !== undefined) this.reader.written(frame.seq);
    else if (frame.kind === "cancel") this.#failReader(new RpcError("Remote", "the writer failed"));
    else if (frame.kind === "end") {
      this.reader.end(frame.seq);
      this.#stop(this.#readerSide);
    }
  }

  deliverToWriter(): void {
    const message = this.toWriter.queue.shift();
    const frame = message === undefined ? undefined : frameOf(message);
    if (frame === undefined) return;
    this.#writerSide.silence.heard();
    if (frame.kind === "credit") this.writer.credit(frame.total);
    else if (frame.kind === "alive" && frame.credit !== undefined) this.writer.credit(frame.credit);
    else if (frame.kind === "cancel") this.#stopWriter("cancelled");
  }

  tellOutcome(outcome: SendOutcome = ACCEPTED): void {
    this.#outcomes.shift()?.onOutcome(outcome);
  }

  /** The user asks for one more item. */
  read(): void {
    this.#reading++;
    this.reader
      .next()
      .then(
        ({ done, value }) => {
          if (done) this.readerEnd ??= "done";
          else this.got.push(value);
        },
        (error: unknown) => {
          this.readerEnd ??= String(error);
        },
      )
      .finally(() => {
        this.#reading--;
      });
  }

  /** The user leaves. */
  leave(): void {
    this.readerEnd ??= "left";
    void this.reader.return();
  }

  /** Moves everything, and then time, until both ends have ended. @throws {Error} when they do not. */
  async run(produce: () => void = () => {}): Promise<void> {
    for (let round = 0; round < 3_000 && !(this.isOver && this.#reading === 0); round++) {
      while (this.toReader.queue.length > 0) this.deliverToReader();
      while (this.toWriter.queue.length > 0) this.deliverToWriter();
      while (this.#outcomes.length > 0) this.tellOutcome();
      if (this.readerEnd === undefined && this.#reading === 0) this.read();
      produce();
      await setImmediate();
      this.clock.advance(round % 5 === 4 ? 50 : 0);
      await setImmediate();
    }
    if (!this.isOver) throw new Error(`it hangs: writer ${this.writerEnd}, reader ${this.readerEnd}`);
  }

  #makeWriter({ source, window }: LinkOptions): StreamWriter {
    return new StreamWriter({
      name: "S.m",
      source,
      clock: this.clock,
      codec: jsonCodec,
      bytesContentType: "application/octet-stream",
      credit: window,
      maxBodyBytes: 1_048_576,
      port: {
        send: (frame, listener) => {
          this.#fromWriter(frame);
          this.#outcomes.push(listener);
        },
        onEnd: (count) => {
          this.#fromWriter({ kind: "end", seq: count });
          this.#endWriter("done");
        },
        onError: (error, fault) => {
          this.#fromWriter({ kind: "cancel" });
          this.#endWriter(`${fault} ${String(error)}`);
        },
        onLate: (error) => this.late.push(error),
      },
    });
  }

  #makeReader({ window, idleTimeoutMs }: LinkOptions): StreamReader<unknown> {
    return new StreamReader<unknown>({
      name: "S.m",
      clock: this.clock,
      wheel: this.wheel,
      window,
      codecs: new Codecs(),
      accept: (item) => item,
      wrongCode: "BadReply",
      maxBodyBytes: 1_048_576,
      idleTimeoutMs,
      port: {
        credit: (total) => this.#fromReader({ kind: "credit", total }),
        cancel: () => {
          this.#fromReader({ kind: "cancel" });
          this.#stop(this.#readerSide);
        },
      },
    });
  }

  #watch(beat: () => void, onSilence: () => void): { readonly beats: Beats; readonly silence: Silence } {
    const beats = new Beats(this.clock, this.wheel, BEAT_MS, beat);
    const silence = new Silence(this.clock, this.wheel, BEAT_MS, onSilence);
    beats.start();
    silence.start();
    return { beats, silence };
  }

  #stop({ beats, silence }: { readonly beats: Beats; readonly silence: Silence }): void {
    beats.stop();
    silence.stop();
  }

  #fromWriter(frame: OutgoingFrame): void {
    this.#writerSide.beats.sent();
    this.toReader.send(frame);
  }

  #fromReader(frame: OutgoingFrame): void {
    this.#readerSide.beats.sent();
    this.toWriter.send(frame);
  }

  #stopWriter(why: string): void {
    this.writer.stop();
    this.#endWriter(why);
  }

  #endWriter(how: string): void {
    this.writerEnd ??= how;
    this.#stop(this.#writerSide);
  }

  #failReader(error: RpcError): void {
    this.reader.fail(error);
    this.#stop(this.#readerSide);
  }
}
