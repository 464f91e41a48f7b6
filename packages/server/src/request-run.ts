import {
  type CallId,
  type Delivery,
  type Executed,
  type Frame,
  headersFault,
  type Message,
  methodOf,
  type Opening,
  openingOf,
  Refusal,
  type RequestEnvelope,
  type ResponseEnvelope,
  RpcError,
  readCallId,
  runWithDeadline,
  runWithoutDeadline,
  type SendOutcome,
  type ServerCall,
  saidOfOneRun,
  Timed,
} from "@porthos-rpc/protocol";
import { type Applicant, ageOf, callerOf } from "./admission.js";
import {
  badRequest,
  cancelled,
  deadlinePassed,
  expired,
  handlerStuck,
  internalError,
  methodNotFound,
  poisoned,
  refusedByExtension,
  requestTooLarge,
  responseTooLarge,
  serverClosed,
} from "./answers.js";
import { type CallExchange, exchangeKey } from "./call-exchange.js";
import { derivableCall } from "./derivable-call.js";
import { reportHandlerError } from "./handler-error.js";
import { Reply, type ReplyHost } from "./reply.js";
import { deadlineOf } from "./request-deadline.js";
import type { RunContext } from "./run-context.js";
import { type OpenedRun, RunOpening } from "./run-opening.js";
import type { Settlement } from "./settlement.js";

/** A request that was delivered more often is not run. RabbitMQ's own limit, where it has one, is no lower. */
const MAX_DELIVERIES = 20;

/** Whose slots requests run in. */
export interface RunHost {
  /** The request is answered, and needs its slot no more, but is not finished: its answer waits. */
  slotFree(): void;
  finished(run: RequestRun): void;
}

/**
 * One request on its way through the server: decoded, run, answered exactly once, then acknowledged. It is its own
 * deadline and the call that extensions see, so that a request costs few objects.
 */
export class RequestRun extends Timed implements ServerCall, OpenedRun, Applicant, ReplyHost {
  readonly #context: RunContext;
  readonly #settlement: Settlement;
  /** What all deliveries of this request have in common, whatever extensions make of it; undefined if it asks for no answer. */
  readonly id: string | undefined;
  /** The same, if nobody else can have it. */
  readonly callId: CallId | undefined;
  readonly #host: RunHost;
  /** Of a stream: until it has begun, when it must; then when all of it must have ended. */
  deadlineMs: number | undefined;
  /** Of a request that asks for more than a reply. */
  #opening: RunOpening | undefined;
  #message: Message;
  #method = "";
  #envelope: RequestEnvelope | undefined;
  #controller: AbortController | undefined;
  #startedMs: number;
  /** When its caller stops waiting for its answer, or for the begin of its stream. */
  readonly #dueMs: number | undefined;
  #isDecoded = false;
  /** Whether the handler has come to its end. */
  #hasAnswered = false;
  /** Whether it has one of its caller's slots. */
  #isAdmitted = false;
  /** When its handler has run for too long, if that is before its deadline. */
  #stuckAtMs: number | undefined;
  /** Whether its handler, or an extension around it, has run. */
  #isInvoked = false;
  /** Whether its handler has. */
  #hasBegun = false;
  /** Whether what comes again is to run, and not to get its answer. */
  #isForgotten = false;
  #hasSlot = true;
  /** Whether it only waits for what another delivery of the same request comes to. */
  #isFollower = false;
  /** Further deliveries of the same request that ask for its answer elsewhere. */
  #followers: RequestRun[] | undefined;
  /** Whether it came too often to be run once more. */
  #isPoisoned = false;
  /** Whether its caller gave up, so that nobody wants an answer. */
  #isCancelled = false;
  #state: "new" | "answered" | "finished" = "new";

  // Node's console prints no getters, and so would not name the method.
  static {
    const inspect = Symbol.for("nodejs.util.inspect.custom");
    Object.defineProperty(RequestRun.prototype, inspect, { value: RequestRun.prototype.toJSON });
  }

  constructor(context: RunContext, settlement: Settlement, receivedMs: number, host: RunHost) {
    super();
    this.#context = context;
    this.#settlement = settlement;
    const { message } = settlement;
    this.id = message.correlationId;
    this.#message = message;
    this.#host = host;
    this.#startedMs = receivedMs;
    this.callId = readCallId(this.id);
    this.#dueMs = deadlineOf(context, this.callId, message.ttlMs, receivedMs);
    this.deadlineMs = this.#dueMs;
  }

  /** For the calls that its handler makes. */
  get timeLeftMs(): number {
    // What a handler has begun and not waited for is no part of the request any more.
    if (this.#hasAnswered) return Number.POSITIVE_INFINITY;
    return (this.deadlineMs ?? Number.POSITIVE_INFINITY) - this.#context.clock.now();
  }

  get service(): string {
    return this.#context.service;
  }

  get method(): string {
    return this.#method;
  }

  get kind(): ServerCall["kind"] {
    if (this.#opening?.isStream === true) return "stream";
    return this.#message.replyTo === undefined ? "void" : "call";
  }

  get name(): string {
    return `${this.service}.${this.method}`;
  }

  get isNew(): boolean {
    return this.#state === "new";
  }

  get #isFinished(): boolean {
    return this.#state === "finished";
  }

  get clientId(): string | undefined {
    return callerOf({ callId: this.callId, message: this.#message });
  }

  /** When it was about to run. */
  get ageMs(): number | undefined {
    const { ttlMs } = this.#message;
    if (ttlMs === undefined || this.#dueMs === undefined) return undefined;
    return Math.max(0, ageOf(ttlMs, this.#dueMs, this.#startedMs));
  }

  get redelivered(): boolean {
    return this.#settlement.redelivered;
  }

  /** As it came, or as extensions have decoded it. */
  get message(): Message {
    return this.#message;
  }

  get request(): RequestEnvelope {
    const { contentType, body, headers } = this.#message;
    this.#envelope ??= { method: this.#method, contentType, body, headers };
    return this.#envelope;
  }

  /** What a log needs of the call that events bring; not what it holds, nor the deadlines of others, which it is linked with. */
  toJSON(): Record<string, unknown> {
    const { service, method, kind, id, redelivered, deadlineMs } = this;
    return { service, method, kind, id, redelivered, deadlineMs };
  }

  /** Made when somebody asks for it: most handlers do not. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#state !== "new") this.#controller.abort();
    }
    return this.#controller.signal;
  }

  /** Whether those that come again get the answer that it will have. */
  get isLeading(): boolean {
    return this.isNew && !this.#isFollower;
  }

  /** @param leader the run of the same request that goes on already */
  begin(leader: RequestRun | undefined): void {
    const known = this.#context.outcomes.get(this.callId);
    if (known !== undefined) {
      this.#tellDuplicate();
      this.#isFollower = true;
      this.#deliver(known);
    } else if (leader !== undefined) {
      this.#follow(leader);
    } else if ((this.#settlement.deliveries ?? 1) > MAX_DELIVERIES) {
      this.#poison(this.#settlement.deliveries as number);
    } else {
      this.#receive();
    }
  }

  /** The processes that ran it died before they could answer: this one is not to be the next. */
  #poison(deliveries: number): void {
    const { events, service } = this.#context;
    events.emit("poisoned", { service, correlationId: this.id, deliveries });
    this.#isPoisoned = true;
    this.#deliver(poisoned(deliveries));
  }

  #receive(): void {
    const { incoming } = this.#context.wire;
    if (incoming === undefined) {
      this.#run(this.#message);
      return;
    }
    try {
      const decoding = incoming(this.#message);
      if (!(decoding instanceof Promise)) {
        this.#decoded(decoding);
        return;
      }
      if (this.deadlineMs !== undefined) this.#context.wheel.add(this, this.deadlineMs);
      this.#limitTime();
      decoding.then((message) => this.#decoded(message)).catch((error: unknown) => this.#notDecoded(error));
    } catch (error) {
      this.#notDecoded(error);
    }
  }

  /** @throws {TypeError} when it is no message */
  #decoded(message: Message): void {
    if (!(message?.body instanceof Uint8Array) || typeof message.headers?.get !== "function") {
      throw new TypeError("an extension decoded a request as no message");
    }
    this.#run(message);
  }

  #notDecoded(error: unknown): void {
    this.#refuse(this.#byExtension("wire", error, "no"), "an extension could not decode it");
  }

  /** Takes over a further delivery of the same request; false if it is of another. */
  adopt(context: RunContext, delivery: Delivery): boolean {
    if (context !== this.#context || !this.#settlement.adopt(delivery)) return false;
    this.#tellDuplicate();
    return true;
  }

  /**
   * Stops caring; whoever gets the request next answers it. One that was acknowledged before it ran nobody gets: its
   * caller is told.
   */
  abandon(): void {
    if (this.#isFinished) return;
    if (this.#settlement.isAccepted && this.#state === "new") this.#answer(serverClosed());
    if (this.isNew) this.#state = "answered";
    this.#controller?.abort();
    this.#stopExchange(serverClosed());
    // The outcome of its answer may have been told at once.
    if (this.#isFinished) return;
    this.#opening?.drop();
    this.#settlement.release();
    this.#finish();
  }

  /** Its caller gave up: the handler is told, its slot is free, and nobody is answered. */
  cancel(): void {
    if (this.#state !== "new") return;
    this.#isCancelled = true;
    const { events, service } = this.#context;
    const call = this.#isDecoded ? this : undefined;
    if (this.id !== undefined) events.emit("cancelled", { service, correlationId: this.id, call });
    if (this.#isDecoded) this.#answer(cancelled());
    else this.#deliver(cancelled());
    this.#controller?.abort();
  }

  /** Nobody waits where its caller did. He may yet ask again from elsewhere, if he has not. */
  callerGone(): void {
    if (this.#followers?.some(({ isNew }) => isNew)) return;
    this.#isForgotten = true;
    this.cancel();
  }

  /** The caller waits no longer. Whatever the handler still does, its slot is free. */
  onDeadline(): void {
    if (this.#isFollower) this.#deliver(deadlinePassed());
    else if (this.#stuckAtMs !== undefined) this.#giveUpHandler();
    else if (this.#hasBegun) this.#answer(deadlinePassed());
    else this.#expire();
    this.#controller?.abort();
  }

  /** The request is here by another transport, or for another address: it does not run, and gets the answer of the one that does. */
  #follow(leader: RequestRun): void {
    const { wheel, autoAck } = this.#context;
    this.#tellDuplicate();
    // Its listeners may have ended it.
    if (!this.isNew) return;
    this.#isFollower = true;
    leader.#followers ??= [];
    leader.#followers.push(this);
    if (autoAck) this.accept();
    if (this.deadlineMs !== undefined) wheel.add(this, this.deadlineMs);
  }

  #tellDuplicate(): void {
    const { events, service } = this.#context;
    events.emit("duplicate", { service, correlationId: this.id });
  }

  #run(message: Message): void {
    // It may have been given up while an extension decoded it.
    if (this.#state !== "new") return;
    this.#message = message;
    this.#isDecoded = true;
    const { events, clock } = this.#context;
    this.#startedMs = clock.now();
    if (this.#isRefused(message)) return;
    this.#context.wheel.remove(this);
    this.#stuckAtMs = undefined;
    if (this.deadlineMs !== undefined) {
      if (this.#startedMs >= this.deadlineMs) {
        this.#expire();
        return;
      }
      this.#context.wheel.add(this, this.deadlineMs);
    }
    if (!this.#isAdmittedNow()) return;
    if (this.#context.autoAck) this.accept();
    if (events.has("incoming")) events.emit("incoming", { call: this });
    this.#open(message);
  }

  #isAdmittedNow(): boolean {
    const refusal = this.#context.admission.refusalOf(this);
    if (refusal !== undefined) this.#refuse(refusal.response, refusal.reason);
    else this.#isAdmitted = true;
    return this.#isAdmitted;
  }

  /** Begins what travels until the reply, if the caller has asked for any of it, and then the handler. */
  #open(message: Message): void {
    let opening: Opening | undefined;
    try {
      opening = openingOf(message);
    } catch (error) {
      this.#answer(badRequest((error as RpcError).message));
      return;
    }
    if (opening === undefined || message.replyTo === undefined) {
      this.#invoke();
      return;
    }
    const request = message as Message & { readonly replyTo: string };
    this.#opening = new RunOpening(this.#context, request, opening, this);
    this.#opening.begin();
  }

  opened(exchange: CallExchange, deadlineMs: number | undefined): void {
    if (!this.isNew) return;
    exchangeKey.set(this, exchange);
    const { wheel } = this.#context;
    wheel.remove(this);
    this.deadlineMs = deadlineMs;
    if (deadlineMs !== undefined) wheel.add(this, deadlineMs);
    this.#invoke();
  }

  end(response: ResponseEnvelope): void {
    if (!this.isNew) return;
    this.#answer(response);
    this.#controller?.abort();
  }

  onFrame(frame: Frame, message: Message): void {
    this.#opening?.onFrame(frame, message);
  }

  onFramesLost(context: RunContext): void {
    this.#opening?.onFramesLost(context);
  }

  #stopExchange(response: ResponseEnvelope): void {
    if (this.#opening === undefined) return;
    const error = new RpcError("Cancelled", `${this.name}: the caller is gone`, { executed: "maybe" });
    this.#opening.stop(error, response);
  }

  /** Refuses what no handler can answer. */
  #isRefused(message: Message): boolean {
    const { hasMethod, maxBodyBytes, service } = this.#context;
    try {
      this.#method = methodOf(message);
    } catch (error) {
      this.#refuse(badRequest((error as RpcError).message), "it names no method");
      return true;
    }
    const { length } = message.body;
    const fault = headersFault(message.headers);
    if (fault !== undefined) this.#refuse(badRequest(fault), "its headers are too much");
    else if (!hasMethod(this.#method)) this.#refuse(methodNotFound(service), "unknown method");
    else if (length > maxBodyBytes) this.#refuse(requestTooLarge(length, maxBodyBytes), "too large");
    else return false;
    return true;
  }

  #invoke(): void {
    this.#isInvoked = true;
    try {
      const { invoke, isWrapped } = this.#context;
      this.#hasBegun = !isWrapped;
      const call = isWrapped ? derivableCall(this) : this;
      const response =
        this.deadlineMs === undefined
          ? runWithoutDeadline(invoke, call)
          : runWithDeadline(this, invoke, call);
      if (response instanceof Promise) {
        this.#limitTime();
        response.then((answer) => this.#answered(answer)).catch((error: unknown) => this.#thrown(error));
      } else {
        this.#answered(response);
      }
    } catch (error) {
      this.#thrown(error);
    }
  }

  /** An extension may have held it until nobody waits for it any more. */
  beginHandler(): boolean {
    if (this.#state !== "new") return false;
    this.#hasBegun = true;
    return true;
  }

  /**
   * A handler without an end, or an extension that decodes, would have its slot for ever, and its request be delivered again when the
   * broker loses patience.
   */
  #limitTime(): void {
    const { maxHandlerTimeMs, clock, wheel } = this.#context;
    const limitMs = clock.now() + maxHandlerTimeMs;
    const isSooner = this.deadlineMs === undefined || limitMs < this.deadlineMs;
    if (!isSooner || this.kind === "stream" || !this.isNew) return;
    this.#stuckAtMs = limitMs;
    wheel.remove(this);
    wheel.add(this, limitMs);
  }

  #giveUpHandler(): void {
    const { events, clock } = this.#context;
    events.emit("stuck", { call: this, elapsedMs: clock.now() - this.#startedMs });
    if (!this.#hasBegun) this.#isForgotten = true;
    this.#answer(handlerStuck(this.#hasBegun ? "yes" : "no"));
  }

  /** The handler's errors are answered further in: this one is an extension's. */
  #thrown(error: unknown): void {
    this.#answer(this.#byExtension("wrap", error, "maybe"));
  }

  /** What it refuses on purpose its caller may know; the rest those who run the service. @param executed as far as it does not say so */
  #byExtension(during: "wrap" | "wire", error: unknown, executed: Executed): ResponseEnvelope {
    if (error instanceof Refusal) {
      if (error.executed === "no") this.#isForgotten = true;
      return refusedByExtension(error);
    }
    this.#context.reportThrown(during, during === "wrap" ? this.#method : undefined, error);
    return internalError(executed);
  }

  /** What came out of the extensions around the handler, which nobody has checked. */
  #answered(response: ResponseEnvelope): void {
    if (response?.body?.length === undefined) throw new TypeError("an extension answered with no response");
    this.#hasAnswered = true;
    const fault = response.headers === undefined ? undefined : headersFault(response.headers);
    if (fault !== undefined) {
      reportHandlerError(
        this.#context.events,
        this,
        new RpcError("TooLarge", `the answer's headers: ${fault}`),
      );
      this.#answer(internalError());
      return;
    }
    const fits = response.body.length <= this.#context.maxBodyBytes;
    this.#answer(fits ? response : responseTooLarge());
  }

  #expire(): void {
    this.#isForgotten = true;
    this.#context.events.emit("expired", { call: this });
    this.#answer(expired());
  }

  #refuse(answer: ResponseEnvelope, reason: string): void {
    if (this.#state !== "new") return;
    const { events, service } = this.#context;
    const response = this.#told(answer);
    const method = this.#method === "" ? undefined : this.#method;
    events.emit("refused", { service, method, response, reason });
    this.#deliver(response);
  }

  #answer(answer: ResponseEnvelope): void {
    if (this.#state !== "new") return;
    const { events, clock } = this.#context;
    const response = this.#told(answer);
    if (events.has("outgoing")) {
      events.emit("outgoing", { call: this, response, elapsedMs: clock.now() - this.#startedMs });
    }
    this.#deliver(response);
  }

  #told(answer: ResponseEnvelope): ResponseEnvelope {
    return this.redelivered ? saidOfOneRun(answer) : answer;
  }

  #deliver(response: ResponseEnvelope): void {
    if (this.#state !== "new") return;
    this.#state = "answered";
    this.#context.wheel.remove(this);
    this.#stopExchange(response);
    this.#tellOutcome(response);
    const { replyTo } = this.#message;
    if (replyTo === undefined || this.#isCancelled) {
      this.#opening?.drop();
      this.#acknowledge();
      return;
    }
    const request = this.#message as Message & { readonly replyTo: string };
    new Reply(this.#context, request, this.deadlineMs, this).send(response, this.#opening?.sent());
  }

  /** Of a stream nothing is kept: its items are gone. */
  #tellOutcome(response: ResponseEnvelope): void {
    const isKept = this.#isInvoked && !this.#isForgotten && this.#opening?.isStream !== true;
    if (isKept && this.callId !== undefined) this.#context.outcomes.keep(this.callId, response);
    if (this.#followers === undefined) return;
    for (const follower of this.#followers) follower.#deliver(response);
  }

  replyWaits(): void {
    if (this.#isFinished || !this.leaveSlot()) return;
    this.#host.slotFree();
  }

  /** @returns whether it had one */
  leaveSlot(): boolean {
    if (this.#isAdmitted) this.#context.admission.leave(this);
    this.#isAdmitted = false;
    const hadSlot = this.#hasSlot;
    this.#hasSlot = false;
    return hadSlot;
  }

  replied(lost: SendOutcome | undefined): void {
    if (lost !== undefined) this.#context.events.emit("replyLost", { call: this, outcome: lost });
    this.#acknowledge();
  }

  #acknowledge(): void {
    if (this.#isFinished) return;
    if (this.#isPoisoned) this.#settlement.reject();
    else this.accept();
    this.#finish();
  }

  accept(): void {
    this.#settlement.accept();
  }

  #finish(): void {
    this.#state = "finished";
    this.#context.wheel.remove(this);
    this.#host.finished(this);
  }
}
