import {
  encodeResponse,
  MAX_HOLD_MS,
  type MaybePromise,
  type Message,
  type ResponseEnvelope,
  type SendListener,
  type SendOutcome,
  TimeBox,
} from "@porthos-rpc/protocol";
import { internalError, responseTooLarge } from "./answers.js";
import type { RunContext } from "./run-context.js";

/** So long a caller waits for the word on a call whose time is over. */
const VERDICT_MS = 100;

/** What the wait for extensions comes to when it is over first. */
const LATE = Symbol("late");

/** How often an answer is sent again when nobody can say whether it arrived. The caller drops the second of two. */
const MAX_RESENDS = 3;

/**
 * One answer on its way to the caller: sent until the broker has it, until it is certain that it cannot be delivered,
 * or until nobody waits for it any more.
 */
export class Reply implements SendListener {
  readonly #context: RunContext;
  readonly #replyTo: string;
  readonly #correlationId: string | undefined;
  readonly #deadlineMs: number | undefined;
  readonly #onDone: (lost: SendOutcome | undefined) => void;
  #message: Message | undefined;
  #resends = 0;
  #replaced = false;

  /** @param onDone called once, with the outcome if the answer was lost */
  constructor(
    context: RunContext,
    request: Message & { readonly replyTo: string },
    deadlineMs: number | undefined,
    onDone: (lost: SendOutcome | undefined) => void,
  ) {
    this.#context = context;
    this.#replyTo = request.replyTo;
    this.#correlationId = request.correlationId;
    this.#deadlineMs = deadlineMs;
    this.#onDone = onDone;
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
      this.#onDone(undefined);
    } else if (outcome.kind === "refused" && !this.#replaced) {
      // Too large for the broker, or headers that its protocol cannot say: the caller is told what can be told.
      this.#replaced = true;
      const instead = outcome.error.code === "TooLarge" ? responseTooLarge() : internalError();
      this.#transmit(encodeResponse(instead, this.#correlationId));
    } else if (this.#mayResend(outcome)) {
      this.#context.whenUp((canSend) => this.#resend(canSend, outcome));
    } else {
      this.#onDone(outcome);
    }
  }

  #transmit(message: Message): void {
    this.#message = message;
    this.#context.transport.reply(this.#replyTo, message, this);
  }

  #resend(canSend: boolean, outcome: SendOutcome): void {
    if (!canSend || this.#isOverdue) this.#onDone(outcome);
    else this.#transmit(this.#message as Message);
  }

  get #isOverdue(): boolean {
    return this.#deadlineMs !== undefined && this.#context.clock.now() >= this.#deadlineMs;
  }

  #mayResend(outcome: SendOutcome): boolean {
    if (this.#isOverdue) return false;
    if (outcome.kind === "unsent") return true;
    return outcome.kind === "unknown" && this.#resends++ < MAX_RESENDS;
  }
}
