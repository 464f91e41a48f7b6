import {
  andThen,
  CLIENT_EVENTS,
  type ClientCall,
  type ClientEvents,
  type Clock,
  type Codecs,
  type ComposedWire,
  type ContextKey,
  contextKey,
  DeadlineWheel,
  type Description,
  Events,
  ExtensionSet,
  encodeRequest,
  followDeadlines,
  MAX_HOLD_MS,
  type MaybePromise,
  type Message,
  type Opening,
  onAbort,
  openingHeaders,
  type RequestEnvelope,
  type ResponseEnvelope,
  RpcError,
  type RpcErrorCode,
  type RpcErrorInit,
  type StrayReply,
} from "@porthos-rpc/protocol";
import { Attempts } from "./attempts.js";
import type { CallTarget } from "./call-builder.js";
import { CallExchange, exchangeKey } from "./call-exchange.js";
import { type CallOptions, ownLimitMs, timeLimitMs } from "./call-options.js";
import type { RouterUser } from "./call-router.js";
import { failover } from "./failover.js";
import { HeldCalls, type Holder } from "./held-calls.js";
import type { CheckedClientOptions } from "./options.js";
import { Failure, OutgoingCall } from "./outgoing-call.js";
import { checkHeaders, RequestHeaders } from "./request-headers.js";
import { Response } from "./response.js";
import { Routes } from "./routes.js";
import { readSettled } from "./settled.js";
import { Slot } from "./slot.js";
import { Startup } from "./startup.js";
import type { CheckTime, StreamTarget } from "./stream-call.js";

/** Of a call that extensions act on. */
interface Held {
  /** When it must have ended, on the clock's scale, whatever they make of it. */
  readonly dueMs: number;
  /** Whether they have let it through. */
  isSent: boolean;
  /** What it came to further in, the last time that they did. */
  response?: Promise<ResponseEnvelope>;
}

const heldKey: ContextKey<Held> = contextKey("held");

/** More turns of promises than lie between the end of a call and the event that tells of it. */
const SETTLING_TURNS = 32;

/** The inside of a client: from a request envelope to its response, through the extensions and the router. */
export class Caller implements CallTarget, StreamTarget, RouterUser {
  /** For the waits of streams' readers. */
  readonly wheel: DeadlineWheel;
  readonly #options: CheckedClientOptions;
  readonly #routes: Routes;
  readonly #events: Events<ClientEvents> = new Events<ClientEvents>((during, error) => {
    if (during !== "extensionError") this.#events.emit("extensionError", { extension: "on", during, error });
  }, CLIENT_EVENTS);
  readonly #extensions: ExtensionSet<"client">;
  readonly wire: ComposedWire;
  readonly #heldCalls: HeldCalls;
  /** Whether extensions act, and do not only observe. */
  readonly #isHolding: boolean;
  readonly #invoke: (call: ClientCall) => MaybePromise<ResponseEnvelope>;
  readonly #headers = new RequestHeaders();
  #inFlight = 0;
  readonly #startup: Startup;
  #closing: Promise<void> | undefined;
  /** No call goes on from here, not even one that was under way. */
  #closed = false;
  #onIdle: (() => void) | undefined;

  constructor(options: CheckedClientOptions) {
    followDeadlines();
    this.#options = options;
    this.wheel = new DeadlineWheel(options.clock);
    this.#routes = new Routes(options.transports, options.clock, this);
    this.#extensions = new ExtensionSet("createClient", "client", this.#events);
    for (const entry of options.extensions) this.#extensions.add(entry);
    this.#extensions.check(options.methods);
    this.wire = this.#extensions.composeWire();
    this.#invoke = this.#extensions.compose((call) => {
      const response = this.#transact(call, false);
      const held = heldKey.of(call);
      if (held !== undefined) held.response = response;
      return response;
    });
    this.#heldCalls = new HeldCalls(options.clock, this.wheel);
    const { incoming, outgoing } = this.wire;
    this.#isHolding = this.#extensions.isWrapping || incoming !== undefined || outgoing !== undefined;
    this.#startup = new Startup(this.#extensions, options, this.#routes);
  }

  on<K extends keyof ClientEvents>(event: K, handler: (event: ClientEvents[K]) => void): () => void {
    return this.#events.on(event, handler);
  }

  describe(): Description {
    return this.#extensions.describe(this.service, this.#options.transports);
  }

  get service(): string {
    return this.#options.service;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs;
  }

  get codecs(): Codecs {
    return this.#options.codecs;
  }

  get maxBodyBytes(): number {
    return this.#options.maxBodyBytes;
  }

  sync(request: RequestEnvelope, options: CallOptions): Promise<Response> {
    const timeoutMs = timeLimitMs(options, this.#options.timeoutMs);
    const { aliveEveryMs: aliveMs, onAlive } = options;
    if (aliveMs === undefined) return this.#run(this.#callOf("call", request, timeoutMs, options));
    const opening = { credit: undefined, aliveMs, timeoutMs: undefined };
    const call = this.#callOf("call", opened(request, opening), timeoutMs, options);
    exchangeKey.set(call, new CallExchange({ aliveMs, onAlive }));
    return this.#run(call);
  }

  async async(request: RequestEnvelope, options: CallOptions): Promise<Slot> {
    const controller = new AbortController();
    const signal =
      options.signal === undefined ? controller.signal : AbortSignal.any([options.signal, controller.signal]);
    return new Slot(this.sync(request, { ...options, signal }), () => controller.abort());
  }

  async void(request: RequestEnvelope, options: CallOptions): Promise<void> {
    // Nobody waits for it, so it may outlast the request that it is part of.
    const timeoutMs = ownLimitMs(options, this.#options.timeoutMs);
    await this.#run(this.#callOf("void", request, timeoutMs, options));
  }

  stream(
    request: RequestEnvelope,
    exchange: CallExchange,
    { credit, aliveMs }: { readonly credit: number; readonly aliveMs: number },
    signal: AbortSignal,
  ): Promise<Response> {
    const { wholeMs } = exchange;
    const timeoutMs = Math.min(this.#options.timeoutMs, wholeMs ?? Number.POSITIVE_INFINITY);
    const told = wholeMs === undefined ? undefined : Math.max(1, Math.ceil(wholeMs));
    const call = this.#callOf("stream", opened(request, { credit, aliveMs, timeoutMs: told }), timeoutMs, {
      signal,
    });
    exchangeKey.set(call, exchange);
    return this.#run(call);
  }

  checked<T>(work: Promise<T>, method: string, holder: Holder, time: CheckTime): Promise<T> {
    const { service } = this.#options;
    const { limitMs, startedMs, signal } = time;
    const leftMs = startedMs + limitMs - this.#options.clock.now();
    return this.#heldCalls.bounded({ service, method, signal, timeoutMs: limitMs }, work, leftMs, holder);
  }

  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  encode(call: OutgoingCall, replyTo: string | undefined): MaybePromise<Message> {
    const reply =
      replyTo === undefined
        ? undefined
        : { correlationId: call.id, replyTo, ttlMs: call.deadlineMs - this.#options.clock.now() };
    const message = encodeRequest(call.call.request, this.#headers.of(call.call), reply);
    if (this.wire.outgoing === undefined) return message;
    return andThen(this.wire.outgoing(message), (changed) => {
      checkHeaders(call.call, changed.headers);
      return changed;
    });
  }

  decode(reply: Message): MaybePromise<Message> {
    return this.wire.incoming === undefined ? reply : this.wire.incoming(reply);
  }

  held({ call: { service, method, signal } }: OutgoingCall, decoding: Promise<Message>): Promise<Message> {
    return this.#heldCalls.bounded({ service, method, signal, timeoutMs: MAX_HOLD_MS }, decoding);
  }

  onSend(call: OutgoingCall): void {
    if (this.#events.has("sent")) this.#events.emit("sent", { call: call.call });
  }

  onStray(kind: StrayReply, message: Message): void {
    this.#events.emit("stray", { kind, message });
  }

  onListenerError(during: string, error: unknown): void {
    this.#events.emit("extensionError", { extension: "call", during, error });
  }

  #callOf(
    kind: ClientCall["kind"],
    request: RequestEnvelope,
    timeoutMs: number,
    { signal, idempotent = false }: CallOptions,
  ): ClientCall {
    const { service } = this.#options;
    return { service, method: request.method, kind, idempotent, request, timeoutMs, signal };
  }

  #run(call: ClientCall): Promise<Response> {
    const plain = this.#extensions.size === 0 && !this.#events.has("settled");
    return plain ? this.#transact(call, true) : this.#runExtended(call);
  }

  async #runExtended(call: ClientCall): Promise<Response> {
    const startedMs = this.#options.clock.now();
    let begun = false;
    let response: Response | undefined;
    let error: RpcError | undefined;
    // The call as extensions get it, so that observers find what those have set.
    let started = call;
    try {
      this.#begin(call);
      begun = true;
      if (!this.#startup.done) started = await this.#startup.within(call);
      if (this.#isHolding) {
        heldKey.set(started, { dueMs: this.#options.clock.now() + started.timeoutMs, isSent: false });
      }
      const envelope = await this.#bounded(started, this.#invoke(started));
      if (envelope?.body === undefined)
        throw new TypeError("it answered with no response: return what next(call) gives");
      response = envelope instanceof Response ? envelope : new Response(envelope, this.codecs.json);
      return response;
    } catch (thrown) {
      error = thrown instanceof RpcError ? thrown : this.#asRpcError(started, thrown);
      throw error;
    } finally {
      // Of one that an extension has dropped nobody else hears.
      heldKey.of(started)?.response?.catch(() => {});
      if (this.#events.has("settled")) {
        const elapsedMs = this.#options.clock.now() - startedMs;
        this.#events.emit("settled", { call: started, elapsedMs, response, error });
      }
      if (begun) this.#end();
    }
  }

  /** A stream lasts as long as its items do. */
  #bounded(call: ClientCall, work: MaybePromise<ResponseEnvelope>): MaybePromise<ResponseEnvelope> {
    const isBounded = this.#isHolding && call.kind !== "stream" && work instanceof Promise;
    return isBounded ? this.#heldCalls.bounded(call, work) : work;
  }

  /**
   * The innermost layer: one message out, its reply or its failure back. Async, so that errors name who awaits.
   * @param outermost whether nothing is around it, which would have begun the call
   */
  #transact(call: ClientCall, outermost: boolean): Promise<Response> {
    const { only } = this.#routes;
    if (only === undefined) return this.#overSeveral(call, outermost);
    const startedMs = this.#startOf(call);
    return this.#over(
      new OutgoingCall(only.router, this, call, this.#options.whenDown, startedMs),
      outermost,
    );
  }

  /** When its time began: now, or so much earlier that it ends with the call that extensions have made it from. */
  #startOf(call: ClientCall): number {
    const nowMs = this.#options.clock.now();
    const held = heldKey.of(call);
    return held === undefined ? nowMs : Math.min(nowMs, held.dueMs - call.timeoutMs);
  }

  async #over(outgoing: OutgoingCall, outermost: boolean): Promise<Response> {
    const { call, router } = outgoing;
    this.#admit(call);
    if (outermost) this.#begin(call);
    const { signal } = call;
    let stop: (() => void) | undefined;
    try {
      if (signal !== undefined) {
        if (signal.aborted) {
          const init = { cause: signal.reason as unknown };
          throw outgoing.failure("Cancelled", "the caller gave up before it was sent", init).toError();
        }
        stop = onAbort(signal, () => outgoing.cancel(signal.reason));
      }
      if (outgoing.timeLeftMs <= 0) {
        const why = "extensions held it until its time was over, and it was not sent";
        throw outgoing.failure("Timeout", why, { executed: "no" }).toError();
      }
      const held = this.#isHolding ? heldKey.of(call) : undefined;
      if (held !== undefined) held.isSent = true;
      router.submit(outgoing);
      const settled = await outgoing.settled;
      const wrapped = this.wire.incoming !== undefined && !outgoing.oneWay && !(settled instanceof Failure);
      const reply = wrapped ? await this.#unwrap(outgoing, settled) : settled;
      return readSettled(outgoing, reply, this.#options);
    } finally {
      stop?.();
      if (outermost) this.#end();
    }
  }

  async #overSeveral(call: ClientCall, outermost: boolean): Promise<Response> {
    const { whenDown } = this.#options;
    const attempts = new Attempts(this, call, this.#startOf(call), (attempt) => this.#over(attempt, false));
    if (outermost) this.#begin(call);
    try {
      return await failover(attempts, this.#routes, whenDown);
    } finally {
      attempts.end();
      if (outermost) this.#end();
    }
  }

  /** What can be known to be wrong with a message before anything is done. */
  #admit(call: ClientCall): void {
    if (this.#closed) throw refused("Closed", call, "the client is closed");
    const { maxBodyBytes } = this.#options;
    const { length } = call.request.body;
    if (length > maxBodyBytes) {
      throw refused("TooLarge", call, `the request has ${length} bytes; maxBodyBytes is ${maxBodyBytes}`);
    }
  }

  #begin(call: ClientCall): void {
    if (this.#closing !== undefined) throw refused("Closed", call, "the client is closed");
    if (call.timeoutMs <= 0) {
      throw refused("Timeout", call, "its deadline had passed before it was made", { executed: "no" });
    }
    const { maxPending } = this.#options;
    if (this.#inFlight >= maxPending) {
      throw refused("Overloaded", call, `${maxPending} calls are pending already (option maxPending)`);
    }
    this.#join(call);
    this.#inFlight++;
  }

  #end(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  /** Begins to use the transports, with the first call. @throws {RpcError} Closed when they are closed. */
  #join(call: ClientCall): void {
    try {
      this.#routes.join();
    } catch (error) {
      throw error instanceof RpcError ? refused(error.code, call, error.message, { cause: error }) : error;
    }
  }

  async #close(timeoutMs: number): Promise<void> {
    if (timeoutMs > 0 && this.#inFlight > 0) await this.#drained(timeoutMs);
    this.#closed = true;
    this.#startup.giveUp();
    await this.#routes.leave();
    await this.#settled();
    // What an extension holds is not waited for.
    this.#heldCalls.close();
    await this.#settled();
    await this.#extensions.stop();
    await this.#routes.release();
  }

  /** What was ended just now tells its observers in the next few turns. */
  async #settled(): Promise<void> {
    for (let turn = 0; turn < SETTLING_TURNS && this.#inFlight > 0; turn++) await undefined;
  }

  #drained(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#options.clock.after(timeoutMs, resolve);
      this.#onIdle = () => {
        stopTimer();
        resolve();
      };
    });
  }

  async #unwrap(call: OutgoingCall, message: Message): Promise<Message> {
    try {
      const decoding = this.decode(message);
      // Else the whole call is bounded.
      const isUnbounded = call.call.kind === "stream" && decoding instanceof Promise;
      return await (isUnbounded ? this.held(call, decoding) : decoding);
    } catch (error) {
      if (error instanceof RpcError) throw error;
      throw call.failure("BadReply", "an extension failed to decode the reply", { cause: error }).toError();
    }
  }

  /** What an extension threw: with its name, or with those of all that act there. */
  #asRpcError(call: ClientCall, thrown: unknown): RpcError {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    const names = this.#extensions.acting("wrap", call.method);
    const executed = heldKey.of(call)?.isSent === false ? "no" : "maybe";
    return new RpcError("Config", `${call.service}.${call.method}: extension ${names} failed: ${why}`, {
      executed,
      cause: thrown,
    });
  }
}

/** The request that asks for what travels before its reply. */
function opened(request: RequestEnvelope, opening: Opening): RequestEnvelope {
  return { ...request, headers: openingHeaders(opening, request.headers) };
}

/** An error for a call that was not even begun. */
function refused(
  code: RpcErrorCode,
  { service, method }: ClientCall,
  what: string,
  init?: RpcErrorInit,
): RpcError {
  return new RpcError(code, `${service}.${method}: ${what}`, init);
}
