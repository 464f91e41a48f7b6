import {
  ByteBudget,
  CANCEL,
  type ContextKey,
  contextKey,
  Exchange,
  type ExchangePort,
  type Frame,
  FrameLane,
  frameMessage,
  frameOf,
  type Message,
  type OutgoingFrame,
  type SendListener,
  type StreamReader,
  type StreamWriter,
} from "@porthos-rpc/protocol";
import type { OutgoingCall } from "./outgoing-call.js";

/** A call carries it: calls that extensions derive have it, too. */
export const exchangeKey: ContextKey<CallExchange> = contextKey("exchange");

export interface CallExchangeOptions {
  /** How often the server says that it lives, in milliseconds. */
  readonly aliveMs: number;
  /** Hears each sign of life; the first one says that a server has the call. What it throws is the caller's own trouble. */
  readonly onAlive: (() => void) | undefined;
}

/** What travels between a request and its reply, on the client's side: signs of life, and the items of a stream. */
export class CallExchange implements ExchangePort {
  readonly #options: CallExchangeOptions;
  #call: OutgoingCall | undefined;
  #exchange: Exchange | undefined;
  reader: StreamReader<unknown> | undefined;
  writer: StreamWriter | undefined;
  /** How long all of a stream may take once its service has begun it; undefined = for ever. */
  wholeMs: number | undefined;
  /** Where the server hears frames; undefined until it has said so. */
  #server: string | undefined;
  #hasBegun = false;
  /** Through the extensions that change messages, if there are any. */
  #outgoing: FrameLane<SendListener> | undefined;
  #incoming: FrameLane<undefined> | undefined;
  /** The server's frame that says that nobody waits is on its way, which the call's end is not to drop. */
  #isCancelling = false;
  /** Frames of this end do not get through. */
  #isStuck = false;
  /** More than one server has said that it has the call: the request was delivered again while its first server still ran it. */
  #isContested = false;

  constructor(options: CallExchangeOptions) {
    this.#options = options;
  }

  /** Whether a server has it. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get isStream(): boolean {
    return this.#call?.call.kind === "stream";
  }

  /**
   * Makes it the exchange of a call on its way, instead of one before, or before it is sent again.
   * False if a server has begun a stream: half a stream cannot be sent again.
   */
  bind(call: OutgoingCall): boolean {
    if (this.#hasBegun && call.call.kind === "stream") return false;
    this.#hasBegun = false;
    this.#isContested = false;
    this.#server = undefined;
    this.#call = call;
    this.stop();
    const { clock, wheel } = call.router;
    this.#exchange = new Exchange({ clock, wheel, aliveMs: this.#options.aliveMs, port: this });
    this.#exchange.reader = this.reader;
    this.#outgoing = this.#laneOut(call);
    this.#incoming = this.#laneIn(call);
    return true;
  }

  #laneOut(call: OutgoingCall): FrameLane<SendListener> | undefined {
    const { outgoing: change } = call.user.wire;
    if (change === undefined) return undefined;
    const { clock, wheel } = call.router;
    return new FrameLane<SendListener>({
      clock,
      wheel,
      change,
      onChanged: (message, listener) => this.#transmit(call, message, listener),
      onFault: (error) => this.#onStuck(call, error),
    });
  }

  #laneIn(call: OutgoingCall): FrameLane<undefined> | undefined {
    const { wire, maxBodyBytes } = call.user;
    if (wire.incoming === undefined) return undefined;
    const { clock, wheel } = call.router;
    const window = this.reader?.granted ?? 0;
    return new FrameLane<undefined>({
      clock,
      wheel,
      change: wire.incoming,
      window,
      budget: new ByteBudget((window + 1) * maxBodyBytes),
      onChanged: (message) => call.onFrame(frameOf(message) as Frame, message.replyTo),
      onFault: (error) => call.onFrameFault(error, "BadReply", "an extension failed to decode a frame"),
    });
  }

  /** A frame of this end's cannot be sent. */
  #onStuck(call: OutgoingCall, error: unknown): void {
    this.#isStuck = true;
    if (call.isPending) call.onFrameFault(error, "BadRequest", "an extension failed to encode a frame");
    else if (this.#isCancelling) call.router.tellGivenUp(call);
  }

  /** A frame as it came. */
  receive(frame: Frame, message: Message): void {
    if (this.#incoming === undefined) {
      this.#call?.onFrame(frame, message.replyTo);
      return;
    }
    // That it waits is not the server's fault.
    this.#exchange?.heard();
    if (!this.#incoming.push(message, undefined))
      this.reader?.refuse("more came at a time than was asked for");
  }

  /** Whether extensions have not let through yet all that came. */
  get isReceiving(): boolean {
    return this.#incoming?.isBusy === true;
  }

  /** Calls back when they have, or the call has ended. False if somebody waits for that already. */
  whenReceived(callback: () => void): boolean {
    return this.#incoming?.whenIdle(callback) === true;
  }

  /** A frame, as extensions have let it through. @param from where the server hears frames, if it says so */
  onFrame(frame: Frame, from: string | undefined): void {
    const before = this.#server;
    this.#server = from ?? before;
    const isAnother = frame.kind === "alive" && before !== undefined && before !== this.#server;
    this.#isContested ||= isAnother;
    if ((isAnother && this.#isHalfway) || (this.#isContested && this.#wasHad(frame))) {
      // Its request was delivered again: what was begun with one server cannot go on with another.
      this.onGone("was lost, and another one began anew");
      return;
    }
    if (!this.#hasBegun) this.#begin();
    if (frame.kind === "alive") this.#tellAlive();
    this.#exchange?.onFrame(frame);
    // Who reads an upload must not wait for one that there is not.
    if (frame.kind === "credit" && this.writer === undefined) this.transmit({ kind: "end", seq: 0 });
  }

  /** Whether items have passed. */
  get #isHalfway(): boolean {
    return (this.reader?.received ?? 0) > 0 || (this.writer?.count ?? 0) > 0;
  }

  /** Whether items with these numbers have come before. */
  #wasHad(frame: Frame): boolean {
    const areItems = frame.kind === "items" || frame.kind === "item";
    return areItems && frame.seq < (this.reader?.received ?? 0);
  }

  #begin(): void {
    this.#hasBegun = true;
    // Not before: the writer outlives an attempt that no server has begun.
    if (this.#exchange !== undefined) this.#exchange.writer = this.writer;
    this.#exchange?.start(true);
    this.reader?.begun();
    this.writer?.start();
  }

  #tellAlive(): void {
    const failed = (error: unknown): void => this.#call?.user.onListenerError("onAlive", error);
    try {
      const told: unknown = this.#options.onAlive?.();
      if (told instanceof Promise) told.catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Tells the server that nobody waits any more. False if nobody knows where it is. */
  cancel(): boolean {
    if (this.#server === undefined) return false;
    const mayWait = this.#isStuck || this.#outgoing?.isBusy === true;
    if (mayWait && this.#call?.router.canTellAll === true) return false;
    this.#outgoing?.clear();
    this.#isCancelling = true;
    this.#exchange?.send(CANCEL);
    return true;
  }

  /** The call has ended. */
  stop(): void {
    this.#exchange?.stop();
    this.#incoming?.close();
    if (!this.#isCancelling) this.#outgoing?.close();
  }

  /** The items of the caller's own: about them or from them. */
  transmit(frame: OutgoingFrame, listener?: SendListener): void {
    this.#exchange?.send(frame, listener);
  }

  send(frame: OutgoingFrame, listener: SendListener): boolean {
    const call = this.#call;
    if (call === undefined || this.#server === undefined) return false;
    const message = frameMessage(frame, { correlationId: call.id, replyTo: undefined, ttlMs: undefined });
    if (this.#outgoing === undefined) this.#transmit(call, message, listener);
    else this.#outgoing.push(message, listener);
    return true;
  }

  #transmit({ router }: OutgoingCall, message: Message, listener: SendListener): void {
    if (this.#server !== undefined) router.sendFrame(this.#server, message, listener);
  }

  onCancel(): void {
    this.onGone("has given it up");
  }

  onGone(why: string): void {
    const call = this.#call;
    call?.giveUp(call.failure("Unavailable", `the server that ran it ${why}`, { executed: "maybe" }));
  }
}
