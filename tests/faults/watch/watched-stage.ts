import type { Client, ClientOptions } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { SERVER_EVENTS, type ServerEvents, type Transport } from "@porthos-rpc/protocol";
import type { Server, ServerOptions } from "@porthos-rpc/server";
import type { Row } from "../../rows.js";
import { Stage } from "../../stage.js";
import { CallWatch } from "./call-watch.js";
import { CountingClock } from "./counting-clock.js";
import type { Lag } from "./lag.js";
import type { ProcessWatch } from "./process-watch.js";
import { Secrets } from "./secrets.js";
import { TransportWatch } from "./transport-watch.js";

/** The client's default. */
const STAGE_TIMEOUT_MS = 10_000;

/** Of so many events a test looks for secrets in each. */
const MAX_TOLD = 1_000;

export interface StageWatch {
  readonly process: ProcessWatch;
  readonly lag: Lag;
  /** Whether the events of clients and servers are heard: without observers calls take a shorter path, and both must hold. */
  readonly isObserved: boolean;
}

/**
 * A stage that sees what must hold whatever happens on it: every call ends once and in time, nothing is left of what was
 * closed, no error goes uncaught, and no secret is in anything that was said.
 */
export class WatchedStage extends Stage {
  readonly row: Row;
  readonly secrets: Secrets = new Secrets();
  /** Of all that the stage makes, unless a test gives another one. */
  readonly clock: CountingClock = new CountingClock();
  readonly #watch: StageWatch;
  readonly #calls: CallWatch;
  readonly #transports: TransportWatch[] = [];
  readonly #told: unknown[] = [];
  readonly #after: (() => Promise<void>)[] = [];
  readonly #uncaughtBefore: number;
  readonly #saidBefore: number;

  constructor(row: Row, word: string, watch: StageWatch) {
    super(row, word);
    this.row = row;
    this.#watch = watch;
    this.#calls = new CallWatch(watch.lag);
    this.#uncaughtBefore = watch.process.uncaught.length;
    this.#saidBefore = watch.process.said.length;
  }

  /** One more connection to the broker, or to another URL. @param options of the transport */
  override async transport(
    { url }: Pick<Row, "url"> = this.row,
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<Transport> {
    const transport = await connect(url, { clock: this.clock, ...options });
    this.secrets.addUrl(url);
    this.addTransport(transport);
    return transport;
  }

  override addTransport(transport: Transport): void {
    super.addTransport(transport);
    this.#transports.push(new TransportWatch(transport));
  }

  override async client(options: Partial<ClientOptions> = {}): Promise<Client> {
    const client = await super.client({ clock: this.clock, ...options });
    if (this.#watch.isObserved) this.#calls.observe(client);
    client.on("stray", this.#hear);
    client.on("extensionError", this.#hear);
    return this.#calls.client(client, options.timeoutMs ?? STAGE_TIMEOUT_MS);
  }

  override async server(
    handlers: Parameters<Stage["server"]>[0],
    options: Partial<ServerOptions> = {},
    streams: Parameters<Stage["server"]>[2] = {},
  ): Promise<Server> {
    const server = await super.server(handlers, { clock: this.clock, ...options }, streams);
    for (const event of this.#eventsToHear()) server.on(event, this.#hear);
    return server;
  }

  /** To be done when all that is on the stage is closed. */
  after(finish: () => Promise<void>): void {
    this.#after.push(finish);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    for (const finish of this.#after.splice(0)) await finish();
  }

  /** Closes everything and looks back. @throws {Error} that lists all that was not as it must be. */
  async close(): Promise<void> {
    await this[Symbol.asyncDispose]();
    const complaints = [
      ...this.#calls.complaints(),
      ...(this.clock.timers === 0 ? [] : [`${this.clock.timers} timers are left`]),
      ...this.#transports.flatMap((transport) => transport.complaints()),
      ...this.#watch.process.uncaught.slice(this.#uncaughtBefore).map((reason) => `nobody caught ${reason}`),
      ...this.#leaks(),
    ];
    if (complaints.length > 0) throw new Error(`the watch complains: ${complaints.join("; ")}`);
  }

  readonly #hear = (event: unknown): void => {
    if (this.#told.length < MAX_TOLD) this.#told.push(event);
  };

  #eventsToHear(): readonly (keyof ServerEvents)[] {
    const always: readonly (keyof ServerEvents)[] = [
      "degraded",
      "handlerError",
      "replyLost",
      "extensionError",
    ];
    return this.#watch.isObserved ? (Object.keys(SERVER_EVENTS) as (keyof ServerEvents)[]) : always;
  }

  #leaks(): string[] {
    const said = [
      ...this.#calls.errors,
      ...this.#told,
      ...this.#transports.flatMap(({ told }) => told),
      ...this.#watch.process.said.slice(this.#saidBefore),
    ];
    const shown = said.map((one) => this.secrets.shownBy(one)).filter((secret) => secret !== undefined);
    return [...new Set(shown)].map((secret) => `a secret was told: ${secret}`);
  }
}
