import {
  type AmbientDeadline,
  type Codec,
  type Codecs,
  type ContextKey,
  contextKey,
  Exchange,
  type ExchangePort,
  endHeaders,
  type Frame,
  FrameLane,
  frameMessage,
  frameOf,
  type MaybePromise,
  type Message,
  NO_BODY,
  type OutgoingFrame,
  type ResponseEnvelope,
  RpcError,
  type SendListener,
  Status,
  StreamReader,
  type StreamSource,
  StreamWriter,
} from "@porthos-rpc/protocol";
import { withinDeadline } from "./ambient-source.js";
import type { RunContext } from "./run-context.js";

/** Items of an upload that a server takes ahead of its handler. */
const UPLOAD_WINDOW = 256;

/** A call carries it: calls that extensions derive have it, too. */
export const exchangeKey: ContextKey<CallExchange> = contextKey("exchange");

/** Whose exchange it is: a run. */
export interface ExchangeOwner extends AmbientDeadline {
  readonly name: string;
  /** The first sign of life is with the broker. */
  onBegun(): void;
  /** Nobody reads, writes or waits any more. */
  onCallerGone(): void;
  /** Items could not be sent. */
  onBroken(): void;
  /** More has come than the server may hold. */
  onTooMuch(reason: RpcError): void;
  /** Extensions have not let a frame through. */
  onFrameFault(error: unknown, direction: "incoming" | "outgoing"): void;
}

/** What travels between a request and its reply, on the server's side: signs of life, and the items of a stream. */
export class CallExchange implements ExchangePort {
  readonly #context: RunContext;
  readonly #request: Message & { readonly replyTo: string };
  readonly #owner: ExchangeOwner;
  readonly #exchange: Exchange;
  readonly #credit: number;
  /** How the call ended, for what the handler still does. */
  #ended: { readonly error: unknown; readonly response: ResponseEnvelope } | undefined;
  #onEnd: ((response: ResponseEnvelope) => void) | undefined;
  /** Through the extensions that change messages, if there are any. */
  readonly #outgoing: FrameLane<SendListener> | undefined;
  readonly #incoming: FrameLane<undefined> | undefined;

  /** @param opening.credit of a stream: the items that the caller takes to begin with */
  constructor(
    context: RunContext,
    request: Message & { readonly replyTo: string },
    opening: { readonly credit: number | undefined; readonly aliveMs: number },
    owner: ExchangeOwner,
  ) {
    const { clock, wheel } = context;
    this.#context = context;
    this.#request = request;
    this.#owner = owner;
    this.#credit = opening.credit ?? 0;
    this.#exchange = new Exchange({ clock, wheel, aliveMs: opening.aliveMs, port: this });
    this.#outgoing = this.#laneOut();
    this.#incoming = this.#laneIn();
  }

  #laneOut(): FrameLane<SendListener> | undefined {
    const { clock, wheel, wire, transport } = this.#context;
    if (wire.outgoing === undefined) return undefined;
    return new FrameLane<SendListener>({
      clock,
      wheel,
      change: wire.outgoing,
      onChanged: (message, listener) => transport.reply(this.#request.replyTo, message, listener),
      onFault: (error) => this.#owner.onFrameFault(error, "outgoing"),
    });
  }

  #laneIn(): FrameLane<undefined> | undefined {
    const { clock, wheel, wire, uploadBudget } = this.#context;
    if (wire.incoming === undefined) return undefined;
    return new FrameLane<undefined>({
      clock,
      wheel,
      change: wire.incoming,
      window: UPLOAD_WINDOW,
      budget: uploadBudget,
      onChanged: (message) => this.#exchange.onFrame(frameOf(message) as Frame),
      onFault: (error) => this.#owner.onFrameFault(error, "incoming"),
    });
  }

  /** Tells the caller that it is taken. @param replyTo where he may send frames to */
  begin(replyTo: string | undefined): void {
    const listener: SendListener = {
      onOutcome: (outcome) => {
        if (outcome.kind === "accepted") this.#owner.onBegun();
        else this.#exchange.onOutcome(outcome);
      },
    };
    this.#transmit({ kind: "alive", seq: undefined, credit: undefined }, listener, replyTo);
    // Who reads no frame of his is not listened to either.
    this.#exchange.start(replyTo !== undefined);
  }

  /** The items that the caller uploads. @param accept makes what the handler gets of one */
  read<T>(codecs: Codecs, accept: (item: unknown) => MaybePromise<T>): StreamReader<T> {
    const { clock, wheel, maxBodyBytes, uploadBudget } = this.#context;
    const reader = new StreamReader<T>({
      name: this.#owner.name,
      window: UPLOAD_WINDOW,
      maxBodyBytes,
      wrongCode: "BadRequest",
      clock,
      wheel,
      codecs,
      accept,
      idleTimeoutMs: undefined,
      budget: uploadBudget,
      port: {
        credit: (total) => this.#exchange.send({ kind: "credit", total }),
        // He learns it by the answer: the handler's, but where that does not read.
        cancel: (reason) => {
          if (reason instanceof RpcError && reason.code === "Overloaded") this.#owner.onTooMuch(reason);
        },
      },
    });
    this.#exchange.reader = reader;
    if (this.#ended === undefined) this.#exchange.send({ kind: "credit", total: reader.granted });
    else reader.abort(this.#ended.error);
    return reader;
  }

  /** What was wrong with the upload: items that do not fit, are none, or were lost. */
  get uploadError(): unknown {
    return this.#exchange.reader?.failure;
  }

  /** The answer that the call has ended with, where an error of the handler's is nothing but what it was told of that. */
  endToldBy(error: unknown): ResponseEnvelope | undefined {
    return this.#ended?.error === error ? this.#ended?.response : undefined;
  }

  /**
   * Sends items to the caller, as fast as he reads. Resolves with the answer that ends the stream when the broker has all of them;
   * or with the one that the call has ended with before, so that nobody around the handler waits for ever.
   * @param prepare makes what is sent of an item
   * @throws what the source throws, or an item that cannot be sent
   */
  write(
    source: StreamSource<unknown>,
    options: {
      readonly codec: Codec;
      readonly bytesContentType: string;
      readonly prepare: ((item: unknown) => MaybePromise<unknown>) | undefined;
      /** What the source throws when nobody waits for it any more. */
      readonly onLate: (error: unknown) => void;
    },
  ): Promise<ResponseEnvelope> {
    const { clock, maxBodyBytes } = this.#context;
    return new Promise((resolve, reject) => {
      const writer = new StreamWriter({
        name: this.#owner.name,
        codec: options.codec,
        bytesContentType: options.bytesContentType,
        maxBodyBytes,
        source: withinDeadline(source, this.#owner),
        clock,
        credit: this.#credit,
        prepare: options.prepare,
        port: {
          send: (frame, listener) => this.#exchange.send(frame, listener),
          onEnd: (count) => resolve(streamEnd(count)),
          onError: (error, fault) => {
            if (fault === "send") this.#owner.onBroken();
            else reject(error);
          },
          onLate: (error) => {
            if (this.endToldBy(error) === undefined) options.onLate(error);
          },
        },
      });
      // A handler may have its items only when nobody waits for them any more.
      if (this.#ended !== undefined) {
        writer.stop();
        resolve(this.#ended.response);
        return;
      }
      this.#onEnd = resolve;
      this.#exchange.writer = writer;
      writer.start();
    });
  }

  /** A frame as it came. */
  receive(frame: Frame, message: Message): void {
    if (this.#incoming === undefined) {
      this.#exchange.onFrame(frame);
      return;
    }
    // That it waits is not the caller's fault.
    this.#exchange.heard();
    if (this.#incoming.push(message, undefined) || this.#exchange.reader === undefined) return;
    const what = `${this.#owner.name}: more came than may wait for an extension (maxStreamBytes)`;
    this.#owner.onTooMuch(new RpcError("Overloaded", what, { executed: "maybe" }));
  }

  /** Resolves when extensions have let all frames through, or failed to; undefined if they have. */
  sent(): Promise<void> | undefined {
    const outgoing = this.#outgoing;
    if (outgoing?.isBusy !== true) return undefined;
    return new Promise((resolve) => void outgoing.whenIdle(resolve));
  }

  /** Nobody reads the frames that they have not let through. */
  drop(): void {
    this.#outgoing?.close();
  }

  /** The call is over. @param error what a handler gets that reads on @param response what it ended with */
  stop(error: RpcError, response: ResponseEnvelope): void {
    if (this.#ended !== undefined) return;
    // What was wrong with the upload already is what a handler gets that reads on.
    const reason = this.#exchange.reader?.failure ?? error;
    this.#ended = { error: reason, response };
    this.#exchange.stop();
    this.#incoming?.close();
    this.#exchange.reader?.abort(reason);
    this.#onEnd?.(response);
  }

  send(frame: OutgoingFrame, listener: SendListener): boolean {
    this.#transmit(frame, listener, undefined);
    return true;
  }

  onCancel(): void {
    this.#owner.onCallerGone();
  }

  onGone(): void {
    this.#owner.onCallerGone();
  }

  #transmit(frame: OutgoingFrame, listener: SendListener, replyTo: string | undefined): void {
    const { correlationId } = this.#request;
    const message = frameMessage(frame, { correlationId, replyTo, ttlMs: undefined });
    if (this.#outgoing === undefined) this.#context.transport.reply(this.#request.replyTo, message, listener);
    else this.#outgoing.push(message, listener);
  }
}

/** The answer that ends a stream of so many items. */
function streamEnd(count: number): ResponseEnvelope {
  return { statusCode: Status.Ok, contentType: undefined, body: NO_BODY, headers: endHeaders(count) };
}
