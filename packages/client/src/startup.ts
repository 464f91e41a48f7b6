import {
  type ClientCall,
  type ExtensionSet,
  onAbort,
  RpcError,
  type RpcErrorCode,
  type SharedHost,
} from "@porthos-rpc/protocol";
import type { CheckedClientOptions } from "./options.js";
import type { Routes } from "./routes.js";

/** The start of a client's extensions, which its first calls wait for. One that failed is tried again by the next call. */
export class Startup {
  readonly #extensions: ExtensionSet<"client">;
  readonly #options: CheckedClientOptions;
  readonly #routes: Routes;
  #running: Promise<void> | undefined;
  /** Ends the wait of each call that waits. */
  readonly #waiting = new Set<() => void>();
  #givenUp = false;
  #done: boolean;

  constructor(extensions: ExtensionSet<"client">, options: CheckedClientOptions, routes: Routes) {
    this.#extensions = extensions;
    this.#options = options;
    this.#routes = routes;
    this.#done = extensions.size === 0;
  }

  /** Whether there is nothing (more) to wait for. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * Waits for the start, but no longer than the call may take. Returns the call with what is left of its time.
   * @throws {RpcError} Timeout; Cancelled; Closed; whatever the start throws.
   */
  async within(call: ClientCall): Promise<ClientCall> {
    const { clock } = this.#options;
    const startedMs = clock.now();
    this.#running ??= this.#start().finally(() => {
      this.#running = undefined;
    });
    const running = this.#running;
    await new Promise<void>((resolve, reject) => this.#wait(call, running, resolve, reject));
    const timeoutMs = call.timeoutMs - (clock.now() - startedMs);
    if (timeoutMs <= 0) throw notStarted(call);
    return { ...call, timeoutMs };
  }

  /** Nobody waits for the start any more; what was begun of it is undone. */
  giveUp(): void {
    this.#givenUp = true;
    for (const end of this.#waiting) end();
  }

  /** Resolves or rejects once, with whatever comes first, and leaves no timer and no listener. */
  #wait(
    call: ClientCall,
    running: Promise<void>,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ): void {
    const stopTimer = this.#options.clock.after(call.timeoutMs, () => fail(notStarted(call)));
    const cancel = (): void => fail(failure("Cancelled", call, "the caller gave up before it was sent"));
    const close = (): void => fail(failure("Closed", call, "the client was closed before it was sent"));
    const stopHearing = call.signal === undefined ? undefined : onAbort(call.signal, cancel);
    const done = (): void => {
      stopTimer();
      stopHearing?.();
      this.#waiting.delete(close);
    };
    const fail = (reason: unknown): void => {
      done();
      reject(reason);
    };
    this.#waiting.add(close);
    running.then(
      () => {
        done();
        resolve();
      },
      (reason: unknown) => fail(asRpcError(call, reason)),
    );
    if (call.signal?.aborted) cancel();
  }

  async #start(): Promise<void> {
    const { transports, service, clock } = this.#options;
    const host: SharedHost = {
      service,
      side: "client",
      clock,
      transports,
      methods: new Map(),
      send: (queue, message) => this.#routes.send(queue, message),
    };
    // What a transport can do is certain only once it has reached its broker.
    if (this.#extensions.needsFeatures) await this.#routes.ready();
    if (this.#givenUp) throw new RpcError("Closed", "the client was closed");
    await this.#extensions.start(transports, host);
    this.#done = true;
  }
}

function notStarted(call: ClientCall): RpcError {
  return failure("Timeout", call, `extensions did not start within ${call.timeoutMs} ms`);
}

/** Nothing is sent before the start. */
function asRpcError(call: ClientCall, reason: unknown): RpcError {
  if (reason instanceof RpcError) return reason;
  const why = reason instanceof Error ? reason.message : String(reason);
  return failure("Config", call, why, reason);
}

function failure(
  code: RpcErrorCode,
  { service, method }: ClientCall,
  what: string,
  cause?: unknown,
): RpcError {
  return new RpcError(code, `${service}.${method}: ${what}`, { executed: "no", cause });
}
