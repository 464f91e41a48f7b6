import {
  type AnyContract,
  type Handlers,
  type MethodHandler,
  methodsOf,
  specsOf,
} from "@porthos-rpc/contract";
import {
  type AddedBy,
  checkKnown,
  type Description,
  Events,
  type ExtensionEntry,
  ExtensionSet,
  endUse,
  MAX_DURATION_MS,
  type MethodSpec,
  RpcError,
  SERVER_EVENTS,
  type ServerCall,
  type ServerEvents,
  wrong,
} from "@porthos-rpc/protocol";
import type { CallContext } from "./call-context.js";
import { addToContext, type ContextClass, checkAdds, contextClass } from "./context-additions.js";
import { Dispatcher } from "./dispatcher.js";
import { type Handler, runnerOf } from "./handler.js";
import { reportHandlerError } from "./handler-error.js";
import { Listener, type ListenerHost } from "./listener.js";
import {
  type CheckedServerOptions,
  type ContractServerOptions,
  checkOptions,
  type ServerOptions,
} from "./options.js";
import { Registry } from "./registry.js";
import { type StreamHandler, streamRunnerOf } from "./stream-handler.js";
import { typedRunner } from "./typed-handler.js";
import { typedStreamRunner } from "./typed-stream.js";

/**
 * The handlers of a server's contract; nothing without one.
 * @typeParam Adds what extensions add to their context
 */
export type ServerHandlers<C extends AnyContract | undefined, Adds = unknown> = C extends AnyContract
  ? Handlers<C, CallContext & Adds>
  : never;

/** Serves one service: takes requests from its queue, runs their handlers, answers each exactly once. */
export class Server<C extends AnyContract | undefined = undefined, Adds = unknown>
  implements AsyncDisposable
{
  readonly #options: CheckedServerOptions;
  readonly #registry = new Registry();
  readonly #events: Events<ServerEvents> = new Events<ServerEvents>((during, error) => {
    if (during !== "extensionError") this.#events.emit("extensionError", { extension: "on", during, error });
  }, SERVER_EVENTS);
  readonly #extensions: ExtensionSet<"server">;
  readonly #contextBase: ContextClass = contextClass();
  #isImplemented = false;
  #listener: Listener | undefined;
  #listening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #resolveClosed: () => void = () => {};
  /** Resolves when the server has closed: itself, too, when the last of its transports was closed under it. */
  readonly closed: Promise<void>;

  /** @internal Use `createServer`. */
  constructor(options: ServerOptions | ContractServerOptions<AnyContract>) {
    this.#options = checkOptions(options);
    this.#extensions = new ExtensionSet("createServer", "server", this.#events);
    for (const entry of this.#options.extensions) this.#add(entry);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** The service that it serves. */
  get service(): string {
    return this.#options.service;
  }

  /** The registered methods, with what they say about themselves. */
  get methods(): ReadonlyMap<string, MethodSpec | undefined> {
    return this.#registry.methods;
  }

  /**
   * Serves a method.
   * @param method 1 to 200 characters
   * @throws {TypeError} when the method has a handler already, or for a wrong argument.
   */
  register(method: string, handler: Handler): void {
    const { clock, plainCodecs } = this.#options;
    this.#registry.add("register", method, runnerOf("register", handler, clock, plainCodecs), undefined);
  }

  /** Serves a method that says what it takes and gives, for tools and the specs extension. @throws as `register` */
  registerWithSpec(method: string, handler: Handler, spec: MethodSpec): void {
    if (typeof spec !== "object" || spec === null) throw wrong("registerWithSpec", "spec", "an object", spec);
    const { clock, plainCodecs } = this.#options;
    this.#registry.add(
      "registerWithSpec",
      method,
      runnerOf("registerWithSpec", handler, clock, plainCodecs),
      spec,
    );
  }

  /** Serves a method that answers with a stream of items. It holds its slot as long as the stream lasts. @throws as `register` */
  registerStream(method: string, handler: StreamHandler): void {
    const { clock, plainCodecs } = this.#options;
    const runner = streamRunnerOf("registerStream", handler, clock, plainCodecs, this.#onLate);
    this.#registry.add("registerStream", method, runner, undefined);
  }

  /**
   * Serves the methods of the contract, each by its handler: `(input, context) => output`. What it throws answers 500 without the
   * reason, but for the method's declared errors (`throw context.errors.tooLarge({ max })`).
   * @throws {TypeError} when a handler is missing, is no function, or is of no method of the contract; without a contract.
   */
  implement(handlers: ServerHandlers<C, Adds>): void {
    const { contract, clock, codecs, validate } = this.#options;
    if (contract === undefined)
      throw new TypeError("implement: the server has no contract (option contract)");
    const methods = methodsOf(contract);
    checkHandlers(handlers, methods);
    this.#isImplemented = true;
    const contextBase = this.#contextBase;
    const tools = {
      clock,
      codecs,
      validatesInput: validate.input,
      validatesOutput: validate.output,
      contextBase,
    };
    const specs = specsOf(contract);
    for (const [name, method] of methods) {
      const handler = (handlers as Readonly<Record<string, (...args: never) => unknown>>)[name];
      // Checked above; bound, since a handler may be a method of an object.
      const bound = handler?.bind(handlers) as MethodHandler<typeof method, CallContext>;
      const runner =
        method.kind === "stream"
          ? typedStreamRunner(method, bound, tools, this.#onLate)
          : typedRunner(method, bound, tools);
      this.#registry.add("implement", name, runner, specs.get(name));
    }
  }

  /** Adds an extension. @throws {TypeError} once the server listens, or for an extension that cannot work. */
  addExtension(entry: ExtensionEntry): void {
    if (this.#listening !== undefined)
      throw new TypeError("addExtension: the server listens already; add it before");
    this.#add(entry);
  }

  /** What it consists of, as JSON: its transports, and its extensions in the order in which they act. */
  describe(): Description {
    return this.#extensions.describe(this.service, this.#options.transports);
  }

  /** Hears what happens to requests. Returns the function that stops listening. What a listener throws harms none. */
  on<K extends keyof ServerEvents>(event: K, handler: (event: ServerEvents[K]) => void): () => void {
    return this.#events.on(event, handler);
  }

  /**
   * Starts to serve. Resolves once it is consuming; from then on it survives reconnects by itself. Of several
   * transports it consumes each as soon as that is up, and one whose broker is not reached in time joins later
   * (event `degraded`), if there is another.
   * After a failure it may be called again.
   * @throws {RpcError} Unavailable when no broker was reached in the transport's start budget; Config when one never
   * will be, or the queue cannot be used; Closed after `close`. @throws {TypeError} when an extension needs what
   * a transport lacks, requires another, or is for methods that there are not.
   */
  listen(): Promise<void> {
    if (this.#closing !== undefined) {
      return Promise.reject(new RpcError("Closed", `the server of ${this.service} is closed`));
    }
    const { contract } = this.#options;
    if (contract !== undefined && !this.#isImplemented) {
      return Promise.reject(
        new TypeError("listen: the methods of the contract have no handlers; call implement() before"),
      );
    }
    this.#listening ??= this.#listen().catch((error: unknown) => {
      this.#listening = undefined;
      throw error;
    });
    return this.#listening;
  }

  /** Serves until it is closed. */
  async serveForever(): Promise<void> {
    await this.listen();
    await this.closed;
  }

  /** The seed's name for `serveForever`. */
  listenAndServe(): Promise<void> {
    return this.serveForever();
  }

  /**
   * Takes no more requests, finishes those it has (their answers confirmed), then closes. What is not finished by
   * then goes back to the broker, and its handler's signal is aborted. Idempotent; never rejects.
   * @param options.timeoutMs how long to wait for what is running; 0 or more. @default 10_000
   */
  shutdown(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    checkKnown("shutdown", options, ["timeoutMs"]);
    const { timeoutMs = 10_000 } = options;
    if (typeof timeoutMs !== "number" || !(timeoutMs >= 0 && timeoutMs <= MAX_DURATION_MS)) {
      throw wrong("shutdown", "timeoutMs", `a time in milliseconds, 0 to ${MAX_DURATION_MS}`, timeoutMs);
    }
    this.#beginToClose(timeoutMs);
    return this.closed;
  }

  /**
   * Closes at once, without waiting for what is running: it goes back to the broker. Ends a shutdown that is under
   * way. The promise it returns is `closed`.
   */
  close(): Promise<void> {
    this.#beginToClose(0);
    this.#listener?.hurry();
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  readonly #onLate = (call: ServerCall, error: unknown): void =>
    reportHandlerError(this.#events, call, error);

  #add(entry: ExtensionEntry): void {
    this.#extensions.add(entry, ({ adds = {} }) => {
      checkAdds("createServer", this.#contextBase, adds);
      addToContext(this.#contextBase, adds);
    });
  }

  async #listen(): Promise<void> {
    this.#extensions.check(this.methods.keys());
    const dispatcher = new Dispatcher(this.#options, this.#registry, this.#extensions, this.#events);
    const host: ListenerHost = {
      options: this.#options,
      registry: this.#registry,
      extensions: this.#extensions,
      events: this.#events,
      isClosing: () => this.#closing !== undefined,
      close: () => void this.close(),
    };
    const listener = new Listener(host, dispatcher);
    this.#listener = listener;
    try {
      await listener.open();
      if (this.#closing === undefined) this.#events.emit("listening", { service: this.service });
    } catch (error) {
      await listener.close(0);
      throw error;
    }
  }

  #beginToClose(timeoutMs: number): void {
    if (this.#closing !== undefined) return;
    this.#closing = this.#close(timeoutMs);
    if (this.#listener !== undefined) this.#events.emit("closing", { service: this.service, timeoutMs });
  }

  async #close(timeoutMs: number): Promise<void> {
    const { transports } = this.#options;
    if (this.#listener !== undefined) await this.#listener.close(timeoutMs);
    else await Promise.all(transports.map((transport) => endUse(transport, undefined)));
    this.#resolveClosed();
  }
}

/**
 * Makes a server of one service. Nothing is opened before `listen`.
 * @throws {TypeError} at once for a wrong option, by name.
 */
export function createServer<
  C extends AnyContract,
  const Entries extends readonly ExtensionEntry[] = readonly ExtensionEntry[],
>(options: ContractServerOptions<C, Entries>): Server<C, AddedBy<Entries>>;
export function createServer(options: ServerOptions): Server;
export function createServer(options: ServerOptions | ContractServerOptions<AnyContract>): Server {
  return new Server(options);
}

/** All of the contract's methods, and no others. */
function checkHandlers(handlers: unknown, methods: ReadonlyMap<string, unknown>): void {
  checkKnown("implement", handlers, [...methods.keys()]);
  for (const name of methods.keys()) {
    const handler = (handlers as Readonly<Record<string, unknown>>)[name];
    // What every object has (`constructor`, `hasOwnProperty`) is nobody's handler.
    const isOfAll = handler === Object.prototype[name as keyof object];
    if (typeof handler !== "function" || isOfAll)
      throw wrong("implement", name, "a function: the handler of that method", handler);
  }
}
