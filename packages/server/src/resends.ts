import { type DeadlineWheel, Timed, type Transport } from "@porthos-rpc/protocol";
import { MAX_KEPT, MAX_KEPT_BYTES } from "./outcomes.js";

/** The pause before a send that the transport refused although it says that it is up. */
const RETRY_MS = 20;

/** So long what has no deadline waits for its transport. */
export const MAX_WAIT_MS: number = 60_000;

/** @param canSend false: it never will, or is not waited for any more */
export type Retry = (canSend: boolean) => void;

/** An answer that is to be sent again. */
export interface Resend {
  readonly retry: Retry;
  /** Tried again then at the latest, whatever the transport says. */
  readonly untilMs: number;
  /** Tried again after so long. Undefined: when its transport can send again. */
  readonly pauseMs: number | undefined;
  /** What it holds. */
  readonly bytes: number;
}

/** What the answers of one transport wait by. */
export interface ResendsHost {
  readonly transport: Transport;
  readonly wheel: DeadlineWheel;
  readonly nowMs: () => number;
}

/** The answers that wait until their transport can send again. Of too many the oldest are given up. */
export class Resends {
  readonly #host: ResendsHost;
  /** The oldest first. */
  readonly #waiting = new Set<WaitingAnswer>();
  #bytes = 0;
  #stopped = false;

  constructor(host: ResendsHost) {
    this.#host = host;
  }

  /** Runs its `retry` when it can be sent again, when its time is over, or when that is not waited for any more. */
  wait(resend: Resend): void {
    const { transport, wheel, nowMs } = this.#host;
    if (this.#stopped || transport.state === "closed") {
      giveUp(resend.retry);
      return;
    }
    const answer = new WaitingAnswer(resend, this.#onDue);
    this.#waiting.add(answer);
    this.#bytes += resend.bytes;
    // It may have come up again before the outcome was told: then no event will tell of it.
    const pauseMs = resend.pauseMs ?? (transport.state === "up" ? RETRY_MS : Number.POSITIVE_INFINITY);
    wheel.add(answer, Math.min(resend.untilMs, nowMs() + pauseMs));
    this.#makeRoom();
  }

  /** The transport can send again. */
  up(): void {
    for (const answer of [...this.#waiting]) this.#take(answer)?.(true);
  }

  /** Waits no more. */
  stop(): void {
    this.#stopped = true;
    for (const answer of this.#waiting) this.#giveUp(answer);
  }

  readonly #onDue = (answer: WaitingAnswer): void => this.#take(answer)?.(true);

  #makeRoom(): void {
    for (const oldest of this.#waiting) {
      const isFull = this.#waiting.size > MAX_KEPT || this.#bytes > MAX_KEPT_BYTES;
      if (!isFull || this.#waiting.size === 1) return;
      this.#giveUp(oldest);
    }
  }

  #giveUp(answer: WaitingAnswer): void {
    const retry = this.#take(answer);
    if (retry !== undefined) giveUp(retry);
  }

  /** Undefined: what was retried before it has ended its wait. */
  #take(answer: WaitingAnswer): Retry | undefined {
    if (!this.#waiting.delete(answer)) return undefined;
    this.#bytes -= answer.resend.bytes;
    this.#host.wheel.remove(answer);
    return answer.resend.retry;
  }
}

class WaitingAnswer extends Timed {
  readonly resend: Resend;
  readonly #onDue: (answer: WaitingAnswer) => void;

  constructor(resend: Resend, onDue: (answer: WaitingAnswer) => void) {
    super();
    this.resend = resend;
    this.#onDue = onDue;
  }

  onDeadline(): void {
    this.#onDue(this);
  }
}

/** Later: first its request goes back to the broker, so that another server answers it. */
function giveUp(retry: Retry): void {
  queueMicrotask(() => retry(false));
}
