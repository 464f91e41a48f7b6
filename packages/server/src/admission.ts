import type { CallId, Clock, Message, ResponseEnvelope } from "@porthos-rpc/protocol";
import { overloaded } from "./answers.js";
import { CallerShares } from "./caller-shares.js";
import { QueueAge } from "./queue-age.js";

/** A request that could run. */
export interface Applicant {
  /** Undefined for peers whose ids are of another form. */
  readonly callId: CallId | undefined;
  readonly message: Message;
  /** Undefined: its caller does not say, or does not wait. */
  readonly deadlineMs: number | undefined;
  readonly redelivered: boolean;
}

/** Why a request does not run now. */
export interface Refusal {
  readonly response: ResponseEnvelope;
  readonly reason: string;
}

export interface AdmissionOptions {
  readonly clock: Clock;
  /** Whether the old are shed when there is too much to do. */
  readonly shed: boolean;
  /** Undefined: any number. */
  readonly maxInFlightPerCaller: number | undefined;
  /** Whether all slots are taken. */
  readonly isBusy: () => boolean;
}

/** Who tries again sooner finds the same. */
const MIN_RETRY_MS = 1_000;

/** Which requests run, of those that could. */
export class Admission {
  readonly #clock: Clock;
  readonly #isBusy: () => boolean;
  readonly #queueAge: QueueAge | undefined;
  readonly #shares: CallerShares | undefined;

  constructor({ clock, shed, maxInFlightPerCaller, isBusy }: AdmissionOptions) {
    this.#clock = clock;
    this.#isBusy = isBusy;
    this.#queueAge = shed ? new QueueAge() : undefined;
    this.#shares = maxInFlightPerCaller === undefined ? undefined : new CallerShares(maxInFlightPerCaller);
  }

  /** Undefined: it runs, and must `leave` when it is finished. */
  refusalOf(request: Applicant): Refusal | undefined {
    return this.#shedding(request) ?? this.#tooManyOf(request);
  }

  leave(request: Applicant): void {
    const caller = callerOf(request);
    if (caller !== undefined) this.#shares?.give(caller);
  }

  /** Only ages that a caller's id tells count. What has come again may have run, so that nobody could be told that it has not. */
  #shedding({ callId, message, deadlineMs, redelivered }: Applicant): Refusal | undefined {
    const { ttlMs } = message;
    if (this.#queueAge === undefined || callId === undefined || ttlMs === undefined) return undefined;
    if (deadlineMs === undefined || redelivered) return undefined;
    const nowMs = this.#clock.now();
    const ageMs = ageOf(ttlMs, deadlineMs, nowMs);
    const seemsMs = ttlMs - (callId.deadlineEpochMs - this.#clock.epochMs());
    const isBusy = this.#isBusy();
    if (!this.#queueAge.sheds({ nowMs, ageMs, seemsMs, limitMs: ttlMs, isBusy })) return undefined;
    const detail = "it waited too long in the queue of a service that has more to do than it can";
    return { response: overloaded(detail, "no", Math.max(MIN_RETRY_MS, ageMs)), reason: "overloaded" };
  }

  #tooManyOf(request: Applicant): Refusal | undefined {
    const caller = this.#shares === undefined ? undefined : callerOf(request);
    if (caller === undefined || this.#shares?.take(caller) === true) return undefined;
    const detail = "its caller has as many requests running as one caller may have (maxInFlightPerCaller)";
    return { response: overloaded(detail, "no", MIN_RETRY_MS), reason: "too many of one caller" };
  }
}

/** How long a request was on its way, in milliseconds, at least. */
export function ageOf(ttlMs: number, deadlineMs: number, nowMs: number): number {
  return ttlMs - (deadlineMs - nowMs);
}

/** Who asks: nobody else can have the random part of his ids. Of other peers the inbox stands for them. */
export function callerOf({ callId, message }: Pick<Applicant, "callId" | "message">): string | undefined {
  return callId?.caller ?? message.replyTo;
}
