import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A line between a transport and its broker that a test can cut, freeze and restore. */
export class Line {
  readonly #server: Server;
  readonly #target: URL;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  #frozen = false;
  /** The port to listen on again. */
  #refusing: number | undefined;
  /** How often bytes came from clients: about as often as they wrote. */
  chunksToBroker = 0;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
  }

  static async open(brokerUrl: string): Promise<Line> {
    const server = createServer();
    const line = new Line(server, new URL(brokerUrl));
    server.on("connection", (client) => line.#join(client));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The broker's URL, by way of this line. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  /** Connections that are open through it. */
  get connections(): number {
    return this.#pairs.size;
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

  /** Drops every connection; new ones are taken. */
  cut(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** No byte passes any more, in either direction, and nobody is told: what a dead switch does. */
  freeze(): void {
    this.#frozen = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
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

  #join(client: Socket): void {
    const broker = connect(Number(this.#target.port), this.#target.hostname);
    const pair = [client, broker] as const;
    this.#pairs.add(pair);
    const pass = (from: Socket, to: Socket): void => {
      from.setNoDelay(true);
      from.on("data", (chunk) => to.write(chunk));
      from.on("error", () => {});
      from.on("close", () => {
        this.#pairs.delete(pair);
        to.destroy();
      });
      if (this.#frozen) from.pause();
    };
    client.on("data", () => this.chunksToBroker++);
    pass(client, broker);
    pass(broker, client);
  }
}
