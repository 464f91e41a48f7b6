import { type ClientEvents, checkKnown, MAX_DURATION_MS, wrong } from "@porthos-rpc/protocol";
import { CallBuilder } from "./call-builder.js";
import { Caller } from "./caller.js";
import { type ClientOptions, checkOptions } from "./options.js";

/**
 * Calls one service. Cheap: all clients of a transport share one inbox, which is opened by the first call that wants
 * a response. Nothing is sent or opened before the first call.
 */
export class Client implements AsyncDisposable {
  /** The service that it calls. */
  readonly service: string;
  readonly #caller: Caller;

  /** @internal Use `createClient`. */
  constructor(options: ClientOptions) {
    const checked = checkOptions(options);
    this.service = checked.service;
    this.#caller = new Caller(checked);
  }

  /** Begins a call of a method. @param method 1 to 200 characters @throws {TypeError} */
  call(method: string): CallBuilder {
    return new CallBuilder(this.#caller, method);
  }

  /** Hears what happens to calls. Returns the function that stops listening. What a listener throws harms no call. */
  on<K extends keyof ClientEvents>(event: K, handler: (event: ClientEvents[K]) => void): () => void {
    return this.#caller.on(event, handler);
  }

  /**
   * Takes no more calls, waits at most `timeoutMs` for those under way, then ends the rest with `Closed`.
   * Releases the transport; its connections close when nobody else uses it. Idempotent; never rejects.
   * @param options.timeoutMs 0 or more. @default 0
   */
  close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    checkKnown("close", options, ["timeoutMs"]);
    const { timeoutMs = 0 } = options;
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0 && timeoutMs <= MAX_DURATION_MS)) {
      throw wrong("close", "timeoutMs", `a time in milliseconds, 0 to ${MAX_DURATION_MS}`, timeoutMs);
    }
    return this.#caller.close(timeoutMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Makes a client of one service.
 * @throws {TypeError} at once for a wrong option, by name.
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options);
}
