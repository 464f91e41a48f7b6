import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A line to a broker that keeps every byte which clients write into it, as it is on the wire. */
export class Recording implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #chunks: Buffer[] = [];

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
    server.on("connection", (client) => this.#join(client));
  }

  /** @param url with the host and port of what it leads to */
  static async open(url: string): Promise<Recording> {
    const server = createServer();
    const recording = new Recording(server, new URL(url));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return recording;
  }

  /** The URL, by way of this line, with that scheme. */
  url(scheme: string, host = "127.0.0.1"): string {
    const { username, password, pathname } = this.#target;
    const { port } = this.#server.address() as AddressInfo;
    return `${scheme}//${username}:${password}@${host}:${port}${pathname}`;
  }

  /** All that clients wrote, one character a byte. */
  get written(): string {
    return Buffer.concat(this.#chunks).toString("latin1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(client: Socket): void {
    const broker = connect(Number(this.#target.port), this.#target.hostname);
    client.on("data", (chunk) => this.#chunks.push(chunk));
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => this.#sockets.delete(from));
      from.pipe(to);
    }
  }
}
