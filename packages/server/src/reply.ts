import {
  encodeResponse,
  headerBytes,
  MAX_HOLD_MS,
  type MaybePromise,
  type Message,
  type ResponseEnvelope,
  type RpcError,
  type SendListener,
  type SendOutcome,
  TimeBox,
} from "@porthos-rpc/protocol";
import { internalError, responseTooLarge } from "./answers.js";
import { MAX_WAIT_MS } from "./resends.js";
import type { RunContext } from "./run-context.js";

/** So long a caller waits for the word on a call whose time is over. */
const VERDICT_MS = 100;

/** What the wait for extensions comes to when it is over first. */
const LATE = Symbol("late");

/** The pauses after refusals that pass, each twice the one before. */
const MIN_PAUSE_MS = 20;
const MAX_PAUSE_MS = 1_000;

/** How often an answer is sent again when nobody can say whether it arrived. The caller drops the second of two. */
const MAX_RESENDS = 3;

/** The request that is answered. */
export interface ReplyHost {
  /** The answer waits for its broker, and so needs no slot. May be told again, and after `replied`. */
  replyWaits(): void;
  /** Told once. @param lost the outcome if the answer was lost */
  replied(lost: SendOutcome | undefined): void;
}

/**
 * One answer on its way to the caller: sent until the broker has it, until it is certain that it cannot be delivered,
 * or until nobody waits for it any more.
 */
export class Reply implements SendListener {
  readonly #context: RunContext;
  readonly #replyTo: string;
  readonly #correlationId: string | undefined;
  readonly #deadlineMs: number | undefined;
  readonly #host: ReplyHost;
  /** When it is given up: at its deadline, if it has one. */
  #untilMs: number | undefined;
  #message: Message | undefined;
  #resends = 0;
  #refusals = 0;
  #replaced = false;

  constructor(
    context: RunContext,
    request: Message & { readonly replyTo: string },
    deadlineMs: number | undefined,
    host: ReplyHost,
  ) {
    this.#context = context;
    this.#replyTo = request.replyTo;
    this.#correlationId = request.correlationId;
    this.#deadlineMs = deadlineMs;
    this.#untilMs = deadlineMs;
    this.#host = host;
  }

  /** @param after what is on its way before it, through the extensions; undefined: nothing */
  send(response: ResponseEnvelope, after?: Promise<void>): void {
    const message = encodeResponse(response, this.#correlationId);
    const { outgoing } = this.#context.wire;
    if (outgoing === undefined) {
      this.#transmit(message);
      return;
    }
    const change = after === undefined ? outgoing : () => after.then(() => outgoing(message));
    void this.#encode(message, change).then((encoded) => this.#transmit(encoded));
  }

  /** What extensions make of it within 5 s, in which its request holds its slot; or a plain answer where they fail or take too long: then the caller reads at least the status. */
  async #encode(message: Message, outgoing: (message: Message) => MaybePromise<Message>): Promise<Message> {
    const { clock, wheel } = this.#context;
    const nowMs = clock.now();
    // The word that its time is over comes after that, and its caller waits a little longer for it.
    const untilMs = Math.max(this.#deadlineMs ?? Number.POSITIVE_INFINITY, nowMs + VERDICT_MS);
    const dueMs = Math.min(nowMs + MAX_HOLD_MS, untilMs);
    try {
      const encoding = outgoing(message);
      const encoded =
        encoding instanceof Promise ? await new TimeBox(wheel, dueMs, encoding, LATE).result : encoding;
      if (encoded === LATE)
        throw new Error(`an extension held an answer for ${Math.round(dueMs - nowMs)} ms`);
      if (encoded?.headers === undefined) throw new TypeError("an extension encoded an answer as no message");
      return encoded;
    } catch (error) {
      this.#context.reportThrown("wire", undefined, error);
    }
    return encodeResponse(internalError(), this.#correlationId);
  }

  onOutcome(outcome: SendOutcome): void {
    if (outcome.kind === "accepted") {
      this.#host.replied(undefined);
    } else if (this.#mayResend(outcome)) {
      this.#wait(outcome);
    } else if (outcome.kind === "refused" && !this.#replaced && !isPassing(outcome.error)) {
      // Too large for the broker, or headers that its protocol cannot say: the caller is told what can be told.
      this.#replaced = true;
      const instead = outcome.error.code === "TooLarge" ? responseTooLarge() : internalError();
      this.#transmit(encodeResponse(instead, this.#correlationId));
    } else {
      this.#host.replied(outcome);
    }
  }

  #transmit(message: Message): void {
    this.#message = message;
    this.#context.transport.reply(this.#replyTo, message, this);
    if (this.#context.freesAnswered) this.#host.replyWaits();
  }

  #wait(outcome: SendOutcome): void {
    const { body, headers } = this.#message as Message;
    this.#untilMs ??= this.#context.clock.now() + MAX_WAIT_MS;
    this.#host.replyWaits();
    this.#context.sendAgain({
      retry: (canSend) => this.#resend(canSend, outcome),
      untilMs: this.#untilMs,
      pauseMs:
        outcome.kind === "refused" ? Math.min(MIN_PAUSE_MS * 2 ** this.#refusals++, MAX_PAUSE_MS) : undefined,
      bytes: body.length + headerBytes(headers),
    });
  }

  #resend(canSend: boolean, outcome: SendOutcome): void {
    if (!canSend || this.#isOverdue) this.#host.replied(outcome);
    else this.#transmit(this.#message as Message);
  }

  get #isOverdue(): boolean {
    return this.#untilMs !== undefined && this.#context.clock.now() >= this.#untilMs;
  }

  #mayResend(outcome: SendOutcome): boolean {
    if (this.#isOverdue) return false;
    if (outcome.kind === "unsent") return true;
    if (outcome.kind === "refused") return isPassing(outcome.error);
    return outcome.kind === "unknown" && this.#resends++ < MAX_RESENDS;
  }
}

/** Whether the same message may be taken later: the broker is out of memory, too much waits for it, or the reply address is being restored. */
function isPassing({ code }: RpcError): boolean {
  return code === "Overloaded" || code === "Unavailable";
}
