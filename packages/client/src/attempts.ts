import { type ClientCall, RpcError, type RpcErrorCode } from "@porthos-rpc/protocol";
import type { CallRouter, RouterUser } from "./call-router.js";
import { OutgoingCall } from "./outgoing-call.js";
import type { Response } from "./response.js";
import type { Route } from "./routes.js";

/** What one transport says of a call that another may carry all the same. */
const GOES_ON: ReadonlySet<RpcErrorCode> = new Set(["NoService", "Unavailable", "Config", "Closed"]);

/** The attempts of one call over one transport after the other: all of them have its time, and those of an idempotent one its id. */
export class Attempts {
  readonly call: ClientCall;
  readonly #user: RouterUser;
  readonly #startedMs: number;
  readonly #make: (attempt: OutgoingCall) => Promise<Response>;
  #last: OutgoingCall | undefined;
  /** Those that were given up, by where their servers can be told. */
  #givenUp: Map<CallRouter, OutgoingCall> | undefined;

  constructor(
    user: RouterUser,
    call: ClientCall,
    startedMs: number,
    make: (attempt: OutgoingCall) => Promise<Response>,
  ) {
    this.#user = user;
    this.call = call;
    this.#startedMs = startedMs;
    this.#make = make;
  }

  make({ router }: Route, whenDown: "wait" | "fail"): Promise<Response> {
    const attempt = new OutgoingCall(router, this.#user, this.call, whenDown, this.#startedMs, this);
    if (this.#last !== undefined) attempt.goOnFrom(this.#last);
    this.#last = attempt;
    return this.#make(attempt);
  }

  /** An attempt is given up. The next one has its id, so that whoever was told now would not run that either. */
  onGivenUp(attempt: OutgoingCall): void {
    this.#givenUp ??= new Map();
    this.#givenUp.set(attempt.router, attempt);
  }

  /** The whole call is over, whatever it came to: who has any of what was given up is told. */
  end(): void {
    if (this.#givenUp === undefined) return;
    for (const [router, attempt] of this.#givenUp) router.tellGivenUp(attempt);
  }

  /** Whether the broker would not take it: it will not the next time either. */
  get wasRefused(): boolean {
    return this.#last?.phase === "not taken by the broker";
  }

  /** Whether another transport may carry it: it did not run, or may run again, and the end was not because of what it is. */
  mayGoOn(error: unknown): error is RpcError {
    if (!(error instanceof RpcError) || !GOES_ON.has(error.code)) return false;
    return error.executed === "no" || (error.executed === "maybe" && this.#last?.maySendAgain === true);
  }
}
