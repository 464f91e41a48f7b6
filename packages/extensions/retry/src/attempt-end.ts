import {
  type ClientCall,
  type FailedAnswer,
  type ResponseEnvelope,
  RpcError,
  readFailedAnswer,
  saidOfOneRun,
} from "@porthos-rpc/protocol";

/** How an attempt ended that was no success: with an error, or with an answer that is one to whoever asked for a value. */
export class AttemptEnd {
  readonly #outcome: RpcError | ResponseEnvelope;
  readonly #said: FailedAnswer;

  /** @param error {unknown} what is no `RpcError` is some extension's bug, which no attempt mends: it is thrown */
  static ofError(error: unknown): AttemptEnd {
    if (!(error instanceof RpcError)) throw error;
    const { executed, retryable, details } = error;
    return new AttemptEnd(error, { executed, retryable, retryAfterMs: retryAfterMsOf(details) });
  }

  /** Undefined for an answer that is a success. */
  static ofAnswer(response: ResponseEnvelope): AttemptEnd | undefined {
    const said = readFailedAnswer(response);
    return said && new AttemptEnd(response, said);
  }

  private constructor(outcome: RpcError | ResponseEnvelope, said: FailedAnswer) {
    this.#outcome = outcome;
    this.#said = said;
  }

  /** When the service, or whoever refused it, may take it, in milliseconds from its end. */
  get retryAfterMs(): number {
    return this.#said.retryAfterMs ?? 0;
  }

  /** Whether another attempt may succeed, and cannot do what must be done only once. */
  mayBeMadeAgain({ idempotent, kind }: ClientCall): boolean {
    const { executed, retryable } = this.#said;
    return retryable && (executed === "no" || (idempotent && kind === "call"));
  }

  /** Whether it has, or may have, run. */
  get mayHaveRun(): boolean {
    return this.#said.executed !== "no";
  }

  /** A word on it, for messages. */
  get word(): string {
    return this.#outcome instanceof RpcError ? this.#outcome.code : String(this.#outcome.statusCode);
  }

  /**
   * Ends the call as this attempt did. That it did not run says nothing of those before it.
   * @throws its error, which then says how the others ended
   */
  conclude(before: readonly AttemptEnd[]): ResponseEnvelope {
    const outcome = this.#outcome;
    const ranBefore = mayHaveRun(before);
    if (!(outcome instanceof RpcError)) return ranBefore ? saidOfOneRun(outcome) : outcome;
    if (before.length === 0) throw outcome;
    const { code, message, executed, status, retryable, details } = outcome;
    throw new RpcError(code, `${message} (attempt ${before.length + 1}; before it: ${wordsOf(before)})`, {
      executed: executed === "no" && ranBefore ? "maybe" : executed,
      status,
      retryable,
      details,
      cause: outcome,
    });
  }
}

/** Whether one of these attempts has, or may have, run. */
export function mayHaveRun(ends: readonly AttemptEnd[]): boolean {
  return ends.some((end) => end.mayHaveRun);
}

/** How these attempts ended. */
export function wordsOf(ends: readonly AttemptEnd[]): string {
  return ends.map(({ word }) => word).join(", ");
}

/** What an error says that another extension made of a refusal. */
function retryAfterMsOf(details: unknown): number | undefined {
  if (typeof details !== "object" || details === null) return undefined;
  const { retryAfterMs } = details as { readonly retryAfterMs?: unknown };
  return typeof retryAfterMs === "number" && retryAfterMs >= 0 ? retryAfterMs : undefined;
}
