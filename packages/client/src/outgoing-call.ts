import {
  type ClientCall,
  type Executed,
  encodeResponse,
  type Frame,
  type Message,
  NO_BODY,
  PendingCall,
  RpcError,
  type RpcErrorCode,
  type RpcErrorInit,
  type SendListener,
  type SendOutcome,
  Status,
} from "@porthos-rpc/protocol";
import type { Attempts } from "./attempts.js";
import { type CallExchange, exchangeKey } from "./call-exchange.js";
import type { CallRouter, RouterUser } from "./call-router.js";
import type { Verdict } from "./verdict.js";

/** How far a call has come, in the words of its error messages. */
export type CallPhase =
  | "waiting for the connection"
  | "waiting to be sent again"
  | "sent, not confirmed by the broker"
  | "taken by the broker"
  | "queued, as far as is known"
  | "returned by the broker"
  | "not taken by the broker"
  | "answered too late"
  | Verdict["phase"];

/** No server can have it. */
const NOT_OUT: ReadonlySet<CallPhase> = new Set([
  "waiting for the connection",
  "returned by the broker",
  "not taken by the broker",
]);

/** How often an idempotent call is sent again: one that breaks connections is not to do so for ever. */
const MAX_RESENDS = 3;

/** How a call ended without a response. An error is made of it where the caller awaits, so that its stack names him. */
export class Failure {
  readonly code: RpcErrorCode;
  readonly reason: string;
  readonly init: RpcErrorInit;

  constructor(code: RpcErrorCode, reason: string, init: RpcErrorInit = {}) {
    this.code = code;
    this.reason = reason;
    this.init = init;
  }

  static from(error: RpcError): Failure {
    const { code, message, executed, status, retryable, details } = error;
    return new Failure(code, message, { executed, status, retryable, details, cause: error });
  }

  toError(): RpcError {
    return new RpcError(this.code, this.reason, this.init);
  }
}

/** How a call ended: with a reply (for a one-way call: the broker's word, in a reply's place), or with a failure. */
export type Settled = Message | Failure;

/** What a one-way call gets for a reply. */
const TAKEN: Message = encodeResponse(
  { statusCode: Status.Accepted, contentType: undefined, body: NO_BODY, headers: undefined },
  undefined,
);

/**
 * One call on its way: an entry of the pending table, the listener of its own first send, and the promise of its end, so
 * that a call costs one object and one promise.
 */
export class OutgoingCall extends PendingCall implements SendListener {
  readonly call: ClientCall;
  /** The client that made it, which encodes it and may end it. */
  readonly user: RouterUser;
  /** Whether it waits when the connection is down. */
  readonly whenDown: "wait" | "fail";
  readonly settled: Promise<Settled>;
  readonly router: CallRouter;
  /** Of a call that has frames. */
  readonly exchange: CallExchange | undefined;
  readonly #startedMs: number;
  /** That it is one of, if there may be others. */
  readonly #attempts: Attempts | undefined;
  #resolve!: (settled: Settled) => void;
  phase: CallPhase = "waiting for the connection";
  /** How often it was sent, or may have been, before. */
  #resends = 0;
  /** Its time is over; what its server says of it may still come. */
  isOverdue = false;
  /** Which of the inbox's addresses its reply was asked to; 0 = none (not sent, or one-way). */
  inboxGeneration = 0;

  /** @param startedMs when the caller made it */
  constructor(
    router: CallRouter,
    user: RouterUser,
    call: ClientCall,
    whenDown: "wait" | "fail",
    startedMs: number,
    attempts?: Attempts,
  ) {
    super();
    this.router = router;
    this.user = user;
    this.call = call;
    this.exchange = exchangeKey.of(call);
    this.whenDown = whenDown;
    this.#startedMs = startedMs;
    this.#attempts = attempts;
    this.settled = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Goes on with what became of an attempt over another transport. */
  goOnFrom(before: OutgoingCall): void {
    if (before.isOut && before.phase !== "waiting to be sent again") this.#resends = 1;
    this.#resends += before.#resends;
    // What never was out may get another id, which the next transport's router knows for its own.
    if (this.#resends > 0) this.id = before.id;
  }

  /** Whether it may be sent once more although a server may have it; also over another transport what waits for that here. */
  get maySendAgain(): boolean {
    const { idempotent, kind } = this.call;
    if (!idempotent || kind === "stream") return false;
    return this.#resends < MAX_RESENDS || this.phase === "waiting to be sent again";
  }

  /** Sends it once more, if it may be. False: it must end, or wait for what it was sent for. */
  sendAgain(): boolean {
    if (!this.isPending || !this.maySendAgain) return false;
    this.#resends++;
    // What its server has said so far is nothing to the next one.
    this.exchange?.bind(this);
    this.router.unsent(this);
    return true;
  }

  /** It is not on its way, and may be (again) later. */
  park(): void {
    this.phase = this.#resends === 0 ? "waiting for the connection" : "waiting to be sent again";
    this.inboxGeneration = 0;
  }

  /** Whether what is said of the last time that it was sent is not said of all times. */
  get wasSentBefore(): boolean {
    return this.#resends > 0;
  }

  /** Of its timeout. */
  get timeLeftMs(): number {
    return this.#startedMs + this.call.timeoutMs - this.router.clock.now();
  }

  get oneWay(): boolean {
    return this.call.kind === "void";
  }

  /** To be called by whoever took it out of the pending table. */
  settle(settled: Settled): void {
    this.exchange?.stop();
    this.#resolve(settled);
  }

  /** A server has it. @param from where that hears frames, if it says so */
  onFrame(frame: Frame, from: string | undefined): void {
    if (this.exchange === undefined) return;
    this.phase = "running at the server";
    if (!this.exchange.hasBegun && this.call.kind === "stream") this.#extend(this.exchange.wholeMs);
    this.exchange.onFrame(frame, from);
  }

  /**
   * Extensions have not let a frame of its through. A server has it.
   * @param code for what is none of ours @param what they failed to do
   */
  onFrameFault(error: unknown, code: "BadRequest" | "BadReply", what: string): void {
    const failure =
      error instanceof RpcError
        ? this.#because(error, "maybe")
        : this.failure(code, what, { executed: "maybe", cause: error });
    this.giveUp(failure);
  }

  /** A stream had to be begun by its deadline. From now on all of it counts. */
  #extend(wholeMs: number | undefined): void {
    this.router.extend(this, wholeMs === undefined ? undefined : this.#startedMs + wholeMs);
  }

  /** Whether a server may have it. */
  get isOut(): boolean {
    return !NOT_OUT.has(this.phase);
  }

  get isPending(): boolean {
    return this.router.isPending(this);
  }

  get #isTaken(): boolean {
    return this.phase === "taken by the broker";
  }

  /** Ends the call because the caller gave up, unless it has ended; whoever has it is told. */
  cancel(reason?: unknown): void {
    this.giveUp(this.failure("Cancelled", "the caller gave up", { cause: reason }));
  }

  /** Ends the call, unless it has ended, and tells whoever has it: where it may go on over another transport, once all of it is over. */
  giveUp(failure: Failure): void {
    // The exchange stops with the call, and with it what it could tell.
    const hadServer = this.exchange?.isStream === true && this.isPending && this.exchange.cancel();
    if (!this.router.finish(this, failure) || hadServer) return;
    if (!this.isOut || this.oneWay) return;
    if (this.#attempts === undefined) this.router.tellGivenUp(this);
    else this.#attempts.onGivenUp(this);
  }

  /** Ends the call, unless it has ended. */
  fail(failure: Failure): void {
    this.router.finish(this, failure);
  }

  onDeadline(): void {
    if (this.oneWay || !this.isOut || this.phase === "waiting to be sent again") {
      this.fail(this.#unsentInTime());
    } else if (this.isOverdue) {
      // A server of ours that had it would have said so.
      this.fail(this.timeout(this.#isTaken ? "queued, as far as is known" : this.phase));
    } else {
      this.isOverdue = true;
      this.router.awaitVerdict(this);
    }
  }

  /** What there is to say of a call that waited for the connection is why there was none. */
  #unsentInTime(): Failure {
    const { away } = this.router;
    if (this.isOut || away === undefined) return this.timeout();
    return this.failure(
      "Timeout",
      `no answer within ${Math.round(this.call.timeoutMs)} ms: ${away.message}`,
      {
        cause: away,
      },
    );
  }

  /** @param phase how far it had come, if that is known better now */
  timeout(phase: CallPhase = this.phase, init: RpcErrorInit = {}): Failure {
    this.phase = phase;
    const limitMs = (this.exchange?.hasBegun === true && this.exchange.wholeMs) || this.call.timeoutMs;
    return this.failure("Timeout", `no answer within ${Math.round(limitMs)} ms`, init);
  }

  /** Its server gave it up before its own time was over: its handler, or an extension around it, took too long. */
  stuck(phase: CallPhase, init: RpcErrorInit): Failure {
    this.phase = phase;
    return this.failure("Timeout", "it took longer than the service allows", init);
  }

  /** Hears what becomes of the next send, and of no other. */
  get listener(): SendListener {
    const sends = this.#resends;
    if (sends === 0) return this;
    return { onOutcome: (outcome) => this.#onOutcome(outcome, sends) };
  }

  onOutcome(outcome: SendOutcome): void {
    this.#onOutcome(outcome, 0);
  }

  /** @param resends how often it had been sent before */
  #onOutcome(outcome: SendOutcome, resends: number): void {
    // Of a send before the last one: that decides.
    if (resends !== this.#resends) return;
    switch (outcome.kind) {
      case "accepted":
        // A server may have it before the broker's word for it is here.
        if (this.phase !== "running at the server") this.phase = "taken by the broker";
        if (this.oneWay) this.router.finish(this, TAKEN);
        return;
      case "unsent":
        // A server has it all the same.
        if (this.exchange?.hasBegun !== true) this.router.unsent(this);
        return;
      case "unroutable":
        this.phase = "returned by the broker";
        this.fail(this.failure("NoService", `nobody has declared the queue of service ${this.call.service}`));
        return;
      case "refused":
        this.phase = "not taken by the broker";
        this.fail(this.#because(outcome.error));
        return;
      case "unknown":
        // What this user may not send will not be taken the next time either.
        if (outcome.error.code === "Config") this.fail(this.#because(outcome.error));
        // The request may have reached the broker, and the inbox may still live: then the answer comes there.
        else if (!this.sendAgain() && this.oneWay) this.fail(this.#because(outcome.error));
    }
  }

  /** A failure whose message names the call, the time and the phase, and which knows whether the call ran. */
  failure(code: RpcErrorCode, what: string, init: RpcErrorInit = {}): Failure {
    const { service, method } = this.call;
    const elapsedMs = Math.round(this.router.clock.now() - this.#startedMs);
    const sent = this.phase !== "waiting for the connection";
    const executed = this.wasSentBefore && init.executed !== "yes" ? "maybe" : sent ? init.executed : "no";
    return new Failure(
      code,
      `${service}.${method}: ${what} (after ${elapsedMs} ms, ${this.phase})`,
      executed === undefined ? init : { ...init, executed },
    );
  }

  /** @param executed if that is known better than by the error */
  #because(error: RpcError, executed: Executed = error.executed): Failure {
    const { status, retryable } = error;
    return this.failure(error.code, error.message, { executed, status, retryable, cause: error });
  }
}
