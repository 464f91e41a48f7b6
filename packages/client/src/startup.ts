import {
  type ClientCall,
  type ExtensionHost,
  type ExtensionSet,
  RpcError,
  sendOutcome,
} from "@porthos-rpc/protocol";
import type { CheckedClientOptions } from "./options.js";

/** The start of a client's extensions, which its first calls wait for. One that failed is tried again by the next call. */
export class Startup {
  readonly #extensions: ExtensionSet<"client">;
  readonly #options: CheckedClientOptions;
  #running: Promise<void> | undefined;
  #done: boolean;

  constructor(extensions: ExtensionSet<"client">, options: CheckedClientOptions) {
    this.#extensions = extensions;
    this.#options = options;
    this.#done = extensions.size === 0;
  }

  /** Whether there is nothing (more) to wait for. */
  get done(): boolean {
    return this.#done;
  }

  /** Waits for the start, but no longer than the call may take. @throws {RpcError} Timeout; whatever the start throws. */
  async within(call: ClientCall): Promise<void> {
    this.#running ??= this.#start().finally(() => {
      this.#running = undefined;
    });
    let stopTimer = (): void => {};
    const deadline = new Promise<never>((_, reject) => {
      stopTimer = this.#options.clock.after(call.timeoutMs, () => {
        const what = `extensions did not start within ${call.timeoutMs} ms`;
        reject(new RpcError("Timeout", `${call.service}.${call.method}: ${what}`, { executed: "no" }));
      });
    });
    await Promise.race([this.#running, deadline]).finally(stopTimer);
  }

  async #start(): Promise<void> {
    const { transport, service, clock } = this.#options;
    const host: ExtensionHost = {
      service,
      side: "client",
      clock,
      methods: new Map(),
      send: (queue, message) => sendOutcome(transport, queue, message),
    };
    // What a transport can do is certain only once it has reached its broker.
    if (this.#extensions.needsFeatures) await transport.ready();
    await this.#extensions.start(transport, host);
    this.#done = true;
  }
}
