import type { AnyContract, Methods } from "@porthos-rpc/contract";
import {
  type ClientEvents,
  checkKnown,
  type Description,
  MAX_DURATION_MS,
  wrong,
} from "@porthos-rpc/protocol";
import { CallBuilder } from "./call-builder.js";
import type { CallOptions, OneWayOptions, StreamOptions } from "./call-options.js";
import { Caller } from "./caller.js";
import { type ClientOptions, type ContractClientOptions, checkOptions } from "./options.js";
import { typedMethods } from "./typed-methods.js";

/** The methods of a client's contract; none without one. */
export type ClientMethods<C extends AnyContract | undefined> = C extends AnyContract
  ? Methods<C, CallOptions, OneWayOptions, StreamOptions>
  : Readonly<Record<never, never>>;

/**
 * Calls one service. Cheap: all clients of a transport share one inbox, which is opened by the first call that wants
 * a response. Nothing is sent or opened before the first call.
 */
export class Client<C extends AnyContract | undefined = undefined> implements AsyncDisposable {
  /** The service that it calls. */
  readonly service: string;
  /**
   * The methods of the contract: `await client.methods.addOne({ value: 20 }, { timeoutMs: 500 })`. Unlike the builder they give
   * the value that was answered.
   * @throws {ContractError} for an error that the method declares. @throws {RpcError} for every other end without a
   * value: `Remote` for a status outside of 200-299, `BadRequest` for an input that does not fit, `BadReply` for an answer that does not.
   */
  readonly methods: ClientMethods<C>;
  readonly #caller: Caller;

  /** @internal Use `createClient`. */
  constructor(options: ClientOptions | ContractClientOptions<AnyContract>) {
    const checked = checkOptions(options);
    const { service, codec, validate } = checked;
    this.service = service;
    this.#caller = new Caller(checked);
    const settings = { service, codec, validatesInput: validate.input, validatesOutput: validate.output };
    const { contract } = options as Partial<ContractClientOptions<AnyContract>>;
    const methods = contract === undefined ? {} : typedMethods(contract, this.#caller, settings);
    this.methods = methods as ClientMethods<C>;
  }

  /** Begins a call of a method. @param method 1 to 200 characters @throws {TypeError} */
  call(method: string): CallBuilder {
    return new CallBuilder(this.#caller, method);
  }

  /** What it consists of, as JSON: its transports, and its extensions in the order in which they act. */
  describe(): Description {
    return this.#caller.describe();
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
export function createClient<C extends AnyContract>(options: ContractClientOptions<C>): Client<C>;
export function createClient(options: ClientOptions): Client;
export function createClient(options: ClientOptions | ContractClientOptions<AnyContract>): Client {
  return new Client(options);
}
