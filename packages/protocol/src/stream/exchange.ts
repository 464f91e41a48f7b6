import type { Clock } from "../clock.js";
import type { DeadlineWheel } from "../deadline-wheel.js";
import type { SendListener, SendOutcome } from "../transport.js";
import { Beats } from "./beats.js";
import type { AliveFrame, Frame, OutgoingFrame } from "./frames.js";
import { Silence } from "./silence.js";
import type { StreamReader } from "./stream-reader.js";
import type { StreamWriter } from "./stream-writer.js";

/** What one end of a stream does for its exchange of frames. None of it may throw. */
export interface ExchangePort {
  /** Sends a frame to the other end, after those before it. False if it cannot be sent yet: nobody knows where to. */
  send(frame: OutgoingFrame, listener: SendListener): boolean;
  /** The other end gives up. */
  onCancel(): void;
  /** The other end has said nothing for too long, or cannot be reached any more. Told once. */
  onGone(why: string): void;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  /** How often both ends say that they live, in milliseconds. */
  readonly aliveMs: number;
  readonly port: ExchangePort;
}

/**
 * One end of a stream, as frames see it: a writer, a reader, or both, and the signs of life of both ends. Symmetrical: client
 * and server have the same.
 */
export class Exchange implements SendListener {
  writer: StreamWriter | undefined;
  reader: StreamReader<unknown> | undefined;
  readonly #port: ExchangePort;
  readonly #beats: Beats;
  readonly #silence: Silence;
  #isOver = false;
  #isGone = false;

  constructor({ clock, wheel, aliveMs, port }: ExchangeOptions) {
    this.#port = port;
    this.#beats = new Beats(clock, wheel, aliveMs, () => this.tellAlive());
    this.#silence = new Silence(clock, wheel, aliveMs, () => this.#gone("has fallen silent"));
  }

  /**
   * Begins to say that this end lives, and to listen whether the other one does.
   * @param listens false where the other end has nowhere to say so
   */
  start(listens: boolean): void {
    if (this.#isOver) return;
    this.#beats.start();
    if (listens) this.#silence.start();
  }

  /** A frame of this end's writer, or about its reader. @param listener else what becomes of it says only whether the other end is there */
  send(frame: OutgoingFrame, listener: SendListener = this): void {
    if (!this.#isOver && this.#port.send(frame, listener)) this.#beats.sent();
  }

  /** With where this end stands, so that frames that were lost are missed. */
  tellAlive(): void {
    this.send(this.#alive());
  }

  /** Something of the other end's has come, whatever it is. */
  heard(): void {
    this.#silence.heard();
  }

  onFrame(frame: Frame): void {
    if (this.#isOver) return;
    this.heard();
    switch (frame.kind) {
      case "items":
      case "item":
        this.reader?.push(frame);
        return;
      case "end":
        this.reader?.end(frame.seq);
        return;
      case "credit":
        this.writer?.credit(frame.total);
        return;
      case "alive":
        if (frame.seq !== undefined) this.reader?.written(frame.seq);
        if (frame.credit !== undefined) this.writer?.credit(frame.credit);
        return;
      case "cancel":
        this.#port.onCancel();
        return;
      case "invalid":
        this.reader?.refuse(frame.reason);
    }
  }

  /** A frame that cannot be delivered says that nobody is there. */
  onOutcome(outcome: SendOutcome): void {
    if (outcome.kind === "unroutable") this.#gone("is gone");
  }

  /** The stream is over for this end: no frame leaves any more, and none is taken. */
  stop(): void {
    this.#isOver = true;
    this.#beats.stop();
    this.#silence.stop();
    this.writer?.stop();
  }

  #gone(why: string): void {
    if (this.#isOver || this.#isGone) return;
    this.#isGone = true;
    this.#beats.stop();
    this.#silence.stop();
    this.#port.onGone(why);
  }

  #alive(): AliveFrame {
    return { kind: "alive", seq: this.writer?.count, credit: this.reader?.granted };
  }
}
