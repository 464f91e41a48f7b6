import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { Impairment, Way } from "./impairment.js";
import { type Conditions, Pipe, reset } from "./pipe.js";

export interface LineOptions {
  /** The line speaks TLS to clients, with this certificate, and plainly to the broker. */
  readonly tls?: TlsOptions;
}

/** One connection through a line. */
interface Passage {
  readonly sockets: readonly [client: Socket, broker: Socket];
  readonly pipes: Readonly<Record<Way, Pipe>>;
}

const WAYS: readonly Way[] = ["toBroker", "toClient"];

/** A line between a transport and its broker that a test can cut, freeze, impair and restore, each way by itself. */
export class Line {
  readonly #server: Server;
  #target: URL;
  readonly #passages = new Set<Passage>();
  /** Of clients, with those whose TLS handshake has not ended, or has failed. */
  readonly #clients = new Set<Socket>();
  readonly #conditions: Readonly<Record<Way, Conditions>> = {
    toBroker: { frozen: false, impairment: {} },
    toClient: { frozen: false, impairment: {} },
  };
  /** The port to listen on again. */
  #refusing: number | undefined;
  /** How often bytes came from clients, once decrypted: about as often as they wrote. */
  chunksToBroker = 0;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
  }

  static async open(brokerUrl: string, { tls }: LineOptions = {}): Promise<Line> {
    const target = new URL(brokerUrl);
    // One side may say goodbye while the other goes on.
    const server =
      tls === undefined
        ? createServer({ allowHalfOpen: true })
        : createTlsServer({ ...tls, allowHalfOpen: true });
    if (tls !== undefined) target.protocol = target.protocol.replace(":", "s:");
    const line = new Line(server, target);
    server.on(tls === undefined ? "connection" : "secureConnection", (client) => line.#join(client));
    server.on("connection", (socket) => line.#keep(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return line;
  }

  get port(): number {
    return this.#refusing ?? (this.#server.address() as AddressInfo).port;
  }

  /** The broker's URL, by way of this line. */
  get url(): string {
    return this.urlBy("127.0.0.1");
  }

  /** The same under another name of this machine, for certificates. */
  urlBy(host: string): string {
    const url = new URL(this.#target);
    url.host = `${host}:${this.port}`;
    return url.href;
  }

  /** Drops every connection; new ones go to another broker, as if it had replaced this one. */
  moveTo(brokerUrl: string): void {
    this.#target = new URL(brokerUrl);
    this.cut();
  }

  /** Connections through it that are open to either side. */
  get connections(): number {
    return this.#passages.size;
  }

  /** Drops every connection and takes none: to who comes by this line the broker is away. */
  async refuse(): Promise<void> {
    const { port } = this;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
    this.#refusing = port;
  }

  /** Ends what `refuse` began, on the same port. */
  async accept(): Promise<void> {
    this.#server.listen(this.#refusing, "127.0.0.1");
    this.#refusing = undefined;
    await once(this.#server, "listening");
  }

  /** Resets every connection, to both sides; new ones are taken. */
  cut(): void {
    for (const { sockets, pipes } of this.#passages) {
      for (const way of WAYS) pipes[way].stop();
      for (const socket of sockets) reset(socket);
    }
    for (const socket of this.#clients) socket.destroy();
  }

  /**
   * No byte passes that way any more, no end either, and nobody is told: what a dead switch does. New connections are
   * taken, and nobody speaks. @param way without it: both
   */
  freeze(way?: Way): void {
    for (const each of waysOf(way)) this.#change(each, { frozen: true });
  }

  /** Ends what `freeze` began, for both ways: what waited passes. */
  thaw(): void {
    for (const way of WAYS) this.#change(way, { frozen: false });
  }

  /** Replaces what was impaired that way before; `{}` ends it. @param way without it: both */
  impair(impairment: Impairment, way?: Way): void {
    for (const each of waysOf(way)) this.#change(each, { impairment });
  }

  async close(): Promise<void> {
    this.cut();
    if (this.#refusing !== undefined) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #change(way: Way, change: Partial<Conditions>): void {
    Object.assign(this.#conditions[way], change);
    for (const { pipes } of this.#passages) pipes[way].changed();
  }

  #keep(client: Socket): void {
    this.#clients.add(client);
    client.on("error", () => {});
    client.on("close", () => this.#clients.delete(client));
  }

  #join(client: Socket): void {
    const broker = connect({
      port: Number(this.#target.port),
      host: this.#target.hostname,
      allowHalfOpen: true,
    });
    for (const socket of [client, broker]) socket.setNoDelay(true);
    client.on("data", () => this.chunksToBroker++);
    const { toBroker, toClient } = this.#conditions;
    const pipes = {
      toBroker: new Pipe(client, broker, toBroker),
      toClient: new Pipe(broker, client, toClient),
    };
    const passage: Passage = { sockets: [client, broker], pipes };
    this.#passages.add(passage);
    for (const socket of passage.sockets) {
      socket.on("close", () => {
        if (client.closed && broker.closed) this.#passages.delete(passage);
      });
    }
  }
}

function waysOf(way: Way | undefined): readonly Way[] {
  return way === undefined ? WAYS : [way];
}
