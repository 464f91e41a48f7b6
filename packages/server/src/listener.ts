import {
  type Events,
  type ExtensionSet,
  RpcError,
  type ServerEvents,
  type SharedHost,
  sendOutcome,
} from "@porthos-rpc/protocol";
import { Consumption } from "./consumption.js";
import { reportDegraded } from "./degraded.js";
import type { Dispatcher } from "./dispatcher.js";
import type { CheckedServerOptions } from "./options.js";
import type { Registry } from "./registry.js";

/** The server that listens. */
export interface ListenerHost {
  readonly options: CheckedServerOptions;
  readonly registry: Registry;
  readonly extensions: ExtensionSet<"server">;
  readonly events: Events<ServerEvents>;
  isClosing(): boolean;
  /** Closes it, at once: nothing is left that it could serve over. */
  close(): void;
}

/** One time of listening: what it opens, in order, and how it is all undone in reverse. */
export class Listener {
  readonly #host: ListenerHost;
  readonly #dispatcher: Dispatcher;
  readonly #consumptions: readonly Consumption[];
  /** Those that serve, or will. */
  readonly #left: Set<Consumption>;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #hurried = false;
  /** Ends the wait for what is running. */
  #endDrain: () => void = () => {};

  constructor(host: ListenerHost, dispatcher: Dispatcher) {
    this.#host = host;
    this.#dispatcher = dispatcher;
    this.#consumptions = host.options.transports.map(
      (transport) => new Consumption(transport, dispatcher.intake(transport)),
    );
    this.#left = new Set(this.#consumptions);
  }

  /** Resolves once it is consuming. @throws as `Server.listen`; then `close` undoes what was opened. */
  async open(): Promise<void> {
    this.#checkOpen();
    for (const each of this.#consumptions) each.acquire(() => this.#transportClosed(each));
    const attempts = await Promise.allSettled(this.#consumptions.map((each) => this.#consume(each)));
    const failures = attempts.flatMap((attempt, index) =>
      attempt.status === "rejected"
        ? [{ reason: attempt.reason as unknown, consumption: this.#consumptions[index] as Consumption }]
        : [],
    );
    const final = failures.find(({ reason }) => !isUnavailable(reason));
    const fatal = final ?? (failures.length === attempts.length ? failures[0] : undefined);
    if (fatal !== undefined) {
      // A transport that we let go says no more than that it was closed.
      if (this.#consumptions.every(({ transport }) => transport.state !== "closed")) this.#checkOpen();
      throw fatal.reason;
    }
    for (const { consumption, reason } of failures) void this.#joinLater(consumption, reason as RpcError);
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

  async #consume(consumption: Consumption): Promise<void> {
    const { service, maxInFlight } = this.#host.options;
    await consumption.transport.ready();
    this.#checkOpen();
    this.#starting ??= this.#startExtensions();
    await this.#starting;
    this.#checkOpen();
    await this.#hearCancellations(consumption);
    this.#checkOpen();
    const onDegraded = (reason: RpcError): void => this.#consumerDegraded(consumption, reason);
    await consumption.start(service, { credit: maxInFlight, onDegraded });
    if (!this.#isClosing) return;
    await consumption.cancel();
    this.#checkOpen();
  }

  /** A server that is not allowed to hear them serves all the same. */
  async #hearCancellations(consumption: Consumption): Promise<void> {
    const { options, events } = this.#host;
    try {
      await consumption.hearCancellations(options.service);
    } catch (error) {
      const what = `${options.service} does not hear of cancelled calls`;
      if (!this.#isClosing) reportDegraded(events, what, consumption.transport.name, error);
    }
  }

  /** Goes on for a transport whose broker was away when the others were there. */
  async #joinLater(consumption: Consumption, reason: RpcError): Promise<void> {
    this.#report(consumption, reason);
    for (;;) {
      try {
        await this.#consume(consumption);
        return;
      } catch (error) {
        if (this.#isClosing) return;
        if (isUnavailable(error)) continue;
        this.#giveUp(consumption, error);
        return;
      }
    }
  }

  /** The connection is there and the consumer is not, or it is back: the reason says which. */
  #consumerDegraded({ transport }: Consumption, reason: RpcError): void {
    const { events, options } = this.#host;
    if (!this.#isClosing)
      reportDegraded(events, `the consumer of ${options.service}`, transport.name, reason);
  }

  #transportClosed(consumption: Consumption): void {
    if (this.#isClosing) return;
    const { name } = consumption.transport;
    const text = `transport ${name} was closed under the server, which should be shut down before it`;
    this.#giveUp(consumption, new RpcError("Closed", text));
  }

  /** It will never be served over that one (any more). Without another there is nothing left to do. */
  #giveUp(consumption: Consumption, reason: unknown): void {
    if (!this.#left.delete(consumption)) return;
    this.#report(consumption, reason);
    if (this.#left.size === 0) this.#host.close();
  }

  #report({ transport }: Consumption, reason: unknown): void {
    const { events, options } = this.#host;
    reportDegraded(events, `${options.service} is not served`, transport.name, reason);
  }

  #startExtensions(): Promise<void> {
    const { options, registry, extensions } = this.#host;
    const { transports, service, clock } = options;
    const host: SharedHost = {
      service,
      side: "server",
      clock,
      transports,
      methods: registry.methods,
      send: (queue, message) => {
        const up = transports.find(({ state }) => state === "up") ?? transports[0];
        return sendOutcome(up, queue, message);
      },
    };
    return extensions.start(transports, host);
  }

  get #isClosing(): boolean {
    return this.#closing !== undefined || this.#host.isClosing();
  }

  #checkOpen(): void {
    if (this.#isClosing)
      throw new RpcError("Closed", `the server of ${this.#host.options.service} is closed`);
  }

  async #close(timeoutMs: number): Promise<void> {
    await Promise.all(this.#consumptions.map((each) => each.cancel()));
    await this.#drain(timeoutMs);
    this.#dispatcher.abandon();
    await this.#dispatcher.release();
    // What could not be answered is told in a later turn, and before the extensions stop.
    await Promise.resolve();
    await this.#host.extensions.stop();
    await Promise.all(this.#consumptions.map((each) => each.release()));
  }

  async #drain(timeoutMs: number): Promise<void> {
    const drained = this.#dispatcher.drain();
    if (timeoutMs === 0 || this.#hurried || this.#dispatcher.inFlight === 0) return;
    let stopTimer = (): void => {};
    const ended = new Promise<void>((resolve) => {
      this.#endDrain = resolve;
      stopTimer = this.#host.options.clock.after(timeoutMs, resolve);
    });
    await Promise.race([drained, ended]);
    stopTimer();
  }
}

function isUnavailable(reason: unknown): reason is RpcError {
  return reason instanceof RpcError && reason.code === "Unavailable";
}
