import { type Client, type ClientOptions, createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import type { Transport } from "@porthos-rpc/protocol";
import {
  createServer,
  type Handler,
  type Server,
  type ServerOptions,
  type StreamHandler,
} from "@porthos-rpc/server";
import type { Row } from "./rows.js";
import { within } from "./waits.js";

const CLOSE_WITHIN_MS = 10_000;

let stages = 0;

interface Closable {
  close(): Promise<void>;
}

/**
 * One test's services and callers on one broker. Every name is its own, and every client and server has a transport
 * of its own, as if it were a process. When the test leaves it, all is closed, in bounded time, and no queue stays.
 */
export class Stage implements AsyncDisposable {
  readonly service: string;
  readonly #row: Row;
  readonly #callersRow: Row;
  readonly #transports: Transport[] = [];
  readonly #clients: Closable[] = [];
  readonly #servers: Closable[] = [];
  readonly #services = new Set<string>();

  /**
   * @param word part of the service's name, so that a queue left behind tells whose it was
   * @param callersRow for clients that reach the broker by another protocol than the services
   */
  constructor(row: Row, word = "service", callersRow: Row = row) {
    this.#row = row;
    this.#callersRow = callersRow;
    this.service = `tests-${process.pid}-${++stages}-${word}`;
  }

  /** One more connection to the broker. */
  async transport(row: Row = this.#row): Promise<Transport> {
    const transport = await connect(row.url);
    this.addTransport(transport);
    return transport;
  }

  /** One more transport that is closed with the stage, as the last. */
  addTransport(transport: Transport): void {
    this.#transports.push(transport);
  }

  /** A server that listens, by default for this stage's service on a transport of its own. */
  async server(
    handlers: Readonly<Record<string, Handler>>,
    options: Partial<ServerOptions> = {},
    streams: Readonly<Record<string, StreamHandler>> = {},
  ): Promise<Server> {
    const transport = options.transport ?? (await this.transport());
    const server = createServer({ service: this.service, ...options, transport });
    for (const [method, handler] of Object.entries(handlers)) server.register(method, handler);
    for (const [method, handler] of Object.entries(streams)) server.registerStream(method, handler);
    this.add(server);
    this.#services.add(server.service);
    await server.listen();
    return server;
  }

  /** A client, by default of this stage's service on a transport of its own. */
  async client(options: Partial<ClientOptions> = {}): Promise<Client> {
    const transport = options.transport ?? (await this.transport(this.#callersRow));
    const client = createClient({ service: this.service, timeoutMs: 10_000, ...options, transport });
    this.#clients.push(client);
    return client;
  }

  /** One more end that is closed with the stage, after its clients. */
  add(end: Closable): void {
    this.#servers.push(end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing("clients", this.#clients);
    await this.#closing("servers", this.#servers);
    await this.#closing("transports", this.#transports);
    await this.#row.removeQueues([this.service, ...this.#services]);
  }

  async #closing(what: string, ends: readonly Closable[]): Promise<void> {
    await within(CLOSE_WITHIN_MS, `the end of ${what}`, Promise.all(ends.map((end) => end.close())));
  }
}
