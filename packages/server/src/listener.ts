import {
  type ExtensionHost,
  type ExtensionSet,
  type Lease,
  RpcError,
  type Subscription,
  sendOutcome,
} from "@porthos-rpc/protocol";
import type { Dispatcher } from "./dispatcher.js";
import type { CheckedServerOptions } from "./options.js";
import type { Registry } from "./registry.js";

/** One time of listening: what it opens, in order, and how it is all undone in reverse. */
export class Listener {
  readonly #options: CheckedServerOptions;
  readonly #registry: Registry;
  readonly #extensions: ExtensionSet<"server">;
  readonly #dispatcher: Dispatcher;
  #lease: Lease | undefined;
  #subscription: Subscription | undefined;
  #stopUp: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #hurried = false;
  /** Ends the wait for what is running. */
  #endDrain: () => void = () => {};

  constructor(
    options: CheckedServerOptions,
    registry: Registry,
    extensions: ExtensionSet<"server">,
    dispatcher: Dispatcher,
  ) {
    this.#options = options;
    this.#registry = registry;
    this.#extensions = extensions;
    this.#dispatcher = dispatcher;
  }

  /** Resolves once it is consuming. @throws as `Server.listen`; then `close` undoes what was opened. */
  async open(isClosing: () => boolean): Promise<void> {
    const { transport, service, clock, maxInFlight } = this.#options;
    const closed = (): RpcError => new RpcError("Closed", `the server of ${service} is closed`);
    if (isClosing()) throw closed();
    this.#lease = transport.acquire();
    this.#stopUp = transport.on("up", () => this.#dispatcher.up());
    await transport.ready();
    if (isClosing()) throw closed();
    const host: ExtensionHost = {
      service,
      side: "server",
      clock,
      methods: this.#registry.methods,
      send: (queue, message) => sendOutcome(transport, queue, message),
    };
    await this.#extensions.start(transport, host);
    if (isClosing()) throw closed();
    const subscription = await transport.consume(service, { credit: maxInFlight }, (delivery) =>
      this.#dispatcher.dispatch(delivery),
    );
    this.#subscription = subscription;
    if (!isClosing()) return;
    await subscription.cancel();
    throw closed();
  }

  /** Idempotent; never rejects. */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  /** Ends the drain of a `close` that is under way, or keeps it from beginning. */
  hurry(): void {
    this.#hurried = true;
    this.#endDrain();
  }

  async #close(timeoutMs: number): Promise<void> {
    await this.#subscription?.cancel();
    await this.#drain(timeoutMs);
    this.#dispatcher.abandon();
    await this.#extensions.stop();
    this.#stopUp?.();
    await this.#lease?.release();
  }

  async #drain(timeoutMs: number): Promise<void> {
    const drained = this.#dispatcher.drain();
    if (timeoutMs === 0 || this.#hurried || this.#dispatcher.inFlight === 0) return;
    let stopTimer = (): void => {};
    const ended = new Promise<void>((resolve) => {
      this.#endDrain = resolve;
      stopTimer = this.#options.clock.after(timeoutMs, resolve);
    });
    await Promise.race([drained, ended]);
    stopTimer();
  }
}
