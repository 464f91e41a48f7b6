import type { ItemStream } from "@porthos-rpc/contract";
import {
  type Clock,
  type Codec,
  type Codecs,
  DEFAULT_ALIVE_MS,
  type DeadlineWheel,
  endCountOf,
  IdleWatch,
  isOk,
  type MaybePromise,
  type RequestEnvelope,
  RpcError,
  StreamReader,
  type StreamSource,
  StreamWriter,
} from "@porthos-rpc/protocol";
import { CallExchange } from "./call-exchange.js";
import { type StreamOptions, wholeLimitMs } from "./call-options.js";
import { type Holder, INPUT_CHECK } from "./held-calls.js";
import { Items } from "./item-stream.js";
import type { Response } from "./response.js";

/** Items that the service may send ahead of the reader. */
const DEFAULT_WINDOW = 256;

/** The time of what a validator checks. */
export interface CheckTime {
  readonly limitMs: number;
  /** When it began, on the clock's scale. */
  readonly startedMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What makes the call of a stream. */
export interface StreamTarget {
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
  /**
   * Sends the request; ends with the answer that ends the stream.
   * @param opening.credit how many items the service may send to begin with
   */
  stream(
    request: RequestEnvelope,
    exchange: CallExchange,
    opening: { readonly credit: number; readonly aliveMs: number },
    signal: AbortSignal,
  ): Promise<Response>;
  /**
   * What a validator that waits comes to.
   * @throws what it throws; {RpcError} Timeout, Cancelled, or Closed when it is not done by then
   */
  checked<T>(work: Promise<T>, method: string, holder: Holder, time: CheckTime): Promise<T>;
}

/** What a stream is of. */
export interface StreamParts {
  /** For error messages: `CalculatorService.countTo`. */
  readonly name: string;
  readonly method: string;
  /** Made when the stream begins. */
  request(): MaybePromise<RequestEnvelope>;
  /** What the caller uploads. */
  readonly upload: StreamSource<unknown> | undefined;
  /** Whether one answer is waited for, and no items. */
  readonly endsWithAnswer: boolean;
  /** Of what is uploaded. */
  readonly codec: Codec;
  readonly bytesContentType: string;
  readonly prepareUpload: ((item: unknown) => MaybePromise<unknown>) | undefined;
  /** The error that an answer is whose status is not 200-299. */
  errorOf(response: Response): MaybePromise<RpcError>;
}

/** One stream of a client's: its exchange, and the call that opens and ends it. */
class StreamCall {
  readonly exchange: CallExchange;
  readonly #target: StreamTarget;
  readonly #parts: StreamParts;
  readonly #options: StreamOptions;
  readonly #controller = new AbortController();
  /** What the caller's own source threw, or that no answer came to all of it. */
  #uploadError: { readonly error: unknown } | undefined;
  /** Of an upload that ends with one answer: how long that takes once all of it is sent. */
  readonly #answerWatch: IdleWatch | undefined;

  constructor(target: StreamTarget, parts: StreamParts, options: StreamOptions) {
    const { aliveEveryMs = DEFAULT_ALIVE_MS, onAlive } = options;
    this.#target = target;
    this.#parts = parts;
    this.#options = options;
    this.exchange = new CallExchange({ aliveMs: aliveEveryMs, onAlive });
    if (parts.upload !== undefined) this.exchange.writer = this.#writerOf(parts.upload);
    if (parts.endsWithAnswer) this.#answerWatch = this.#watchOf(options.idleTimeoutMs ?? target.timeoutMs);
  }

  /** Makes the call. @throws what the source of an upload threw; else as every call */
  async run(credit: number): Promise<Response> {
    const { signal: given, aliveEveryMs = DEFAULT_ALIVE_MS } = this.#options;
    const { signal: own } = this.#controller;
    const signal = given === undefined ? own : AbortSignal.any([given, own]);
    const wholeMs = wholeLimitMs(this.#options);
    this.exchange.wholeMs = wholeMs;
    try {
      const made = this.#parts.request();
      const request = made instanceof Promise ? await this.#checked(made, wholeMs, signal) : await made;
      return await this.#target.stream(request, this.exchange, { credit, aliveMs: aliveEveryMs }, signal);
    } catch (error) {
      throw this.#uploadError === undefined ? error : this.#uploadError.error;
    } finally {
      this.#answerWatch?.stop();
      this.exchange.writer?.stop();
    }
  }

  /** A request whose input a validator checks that waits; what is left of the time is the stream's. */
  async #checked(
    making: Promise<RequestEnvelope>,
    wholeMs: number | undefined,
    signal: AbortSignal,
  ): Promise<RequestEnvelope> {
    const { clock, timeoutMs } = this.#target;
    const startedMs = clock.now();
    const limitMs = Math.min(timeoutMs, wholeMs ?? Number.POSITIVE_INFINITY);
    const time = { limitMs, startedMs, signal };
    const request = await this.#target.checked(making, this.#parts.method, INPUT_CHECK, time);
    if (wholeMs !== undefined) this.exchange.wholeMs = wholeMs - (clock.now() - startedMs);
    return request;
  }

  /** Whether it was ended from here. */
  get isLeft(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Nobody wants it any more. */
  leave(): void {
    this.#controller.abort();
    this.exchange.writer?.stop();
  }

  #watchOf(idleMs: number): IdleWatch {
    const { clock, wheel } = this.#target;
    return new IdleWatch(clock, wheel, idleMs, () => {
      const why = `${this.#parts.name}: no answer within ${idleMs} ms after the upload (idleTimeoutMs)`;
      this.#uploadError = { error: new RpcError("Timeout", why) };
      this.leave();
    });
  }

  #writerOf(source: StreamSource<unknown>): StreamWriter {
    const { clock, maxBodyBytes } = this.#target;
    const { name, codec, bytesContentType, prepareUpload } = this.#parts;
    return new StreamWriter({
      name,
      codec,
      bytesContentType,
      maxBodyBytes,
      source,
      clock,
      credit: 0,
      prepare: prepareUpload,
      port: {
        send: (frame, listener) => this.exchange.transmit(frame, listener),
        onEnd: (count) => {
          this.exchange.transmit({ kind: "end", seq: count });
          this.#answerWatch?.begin();
        },
        onError: (error) => {
          this.#uploadError = { error };
          this.leave();
        },
        // The call has ended, with an error of its own or without: nobody is there to be told.
        onLate: () => {},
      },
    });
  }
}

/** A stream of items from the service, with or without an upload. Begins with the first item that is asked for. */
export function streamOfItems<T>(
  target: StreamTarget,
  parts: StreamParts & { readonly codecs: Codecs; accept(item: unknown): MaybePromise<T> },
  options: StreamOptions,
): ItemStream<T> {
  const { clock, wheel, timeoutMs, maxBodyBytes } = target;
  const { window = DEFAULT_WINDOW, idleTimeoutMs = timeoutMs } = options;
  const call = new StreamCall(target, parts, options);
  const reader = new StreamReader<T>({
    name: parts.name,
    window,
    maxBodyBytes,
    wrongCode: "BadReply",
    clock,
    wheel,
    codecs: parts.codecs,
    accept: parts.accept,
    idleTimeoutMs,
    port: {
      credit: (total) => call.exchange.transmit({ kind: "credit", total }),
      cancel: () => call.leave(),
    },
  });
  call.exchange.reader = reader as StreamReader<unknown>;
  return new Items(reader, () => void follow(call, reader as StreamReader<unknown>, parts, window));
}

/** Brings the end of the call to the reader. */
async function follow(
  call: StreamCall,
  reader: StreamReader<unknown>,
  parts: StreamParts,
  window: number,
): Promise<void> {
  try {
    const response = await call.run(window);
    const count = endCountOf(response.headers);
    if (!isOk(response.statusCode)) reader.fail(await parts.errorOf(response));
    else if (count !== undefined) reader.end(count);
    else reader.fail(noStream(parts.name));
  } catch (error) {
    // Who gives up wants no more of it; in all other cases what has come is his, and then what was wrong with the rest.
    const isGivenUp = error instanceof RpcError && (error.code === "Cancelled" || error.code === "Closed");
    if (isGivenUp && !call.isLeft) reader.abort(error);
    else reader.fail(error);
  }
}

function noStream(name: string): RpcError {
  return new RpcError("BadReply", `${name}: answered like a plain method, and not with a stream`);
}

/** An upload that ends with one answer. Begins at once. @throws what its source throws; else as every call */
export function streamToResponse(
  target: StreamTarget,
  parts: StreamParts,
  options: StreamOptions,
): Promise<Response> {
  return new StreamCall(target, parts, options).run(0);
}
