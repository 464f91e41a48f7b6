import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import rhea, { type Connection, type EventContext, type Sender } from "rhea";
import { bytesOf } from "./data.js";
import type { FramesEntry, HostileFrame } from "./entry.js";

const ENDINGS = [
  "error",
  "disconnected",
  "protocol_error",
  "connection_error",
  "connection_close",
  "session_error",
  "session_close",
  "sender_error",
  "sender_close",
  "receiver_error",
  "receiver_close",
];
/** What rhea numbers its sessions' channels by, which its types do not have. */
interface Numbered {
  readonly local: { readonly channel: number };
}

/** A broker on rhea that is honest up to one moment, and honest again on the next connection. */
export class FakeAmqp10 implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #entry: FramesEntry;
  #hasGreeted = false;
  #consumer: { readonly sender: Sender; readonly socket: Socket } | undefined;
  #tags = 0;
  connections = 0;

  private constructor(entry: FramesEntry) {
    this.#entry = entry;
    this.#server = createServer((socket) => this.#serve(socket)).listen(0, "127.0.0.1");
  }

  static async start(entry: FramesEntry): Promise<FakeAmqp10> {
    const broker = new FakeAmqp10(entry);
    await once(broker.#server, "listening");
    return broker;
  }

  get url(): string {
    return `amqp10://guest:guest@127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  deliver(): void {
    const sender = this.#consumer?.sender;
    if (sender?.sendable() !== true) return;
    const body = rhea.message.data_section(Buffer.from("good"));
    const bytes = rhea.message.encode({ body } as never) as unknown as Buffer;
    sender.send(bytes as never, Buffer.from(`t${++this.#tags}`), 0);
  }

  attack(): void {
    if (this.#consumer === undefined) throw new Error("there is no consumer");
    const { sender, socket } = this.#consumer;
    const { channel } = (sender.session as unknown as Numbered).local;
    for (const frame of this.#entry.frames)
      socket.write("raw" in frame ? bytesOf(frame.raw) : encode(frame, channel));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (this.#consumer?.socket === socket) this.#consumer = undefined;
    });
    if (this.#entry.when === "greeting" && !this.#hasGreeted) {
      this.#hasGreeted = true;
      socket.once("data", () => {
        for (const frame of this.#entry.frames)
          socket.write("raw" in frame ? bytesOf(frame.raw) : encode(frame, 0));
        socket.end();
      });
      return;
    }
    const container = rhea.create_container({ id: "broker" });
    for (const event of ENDINGS) container.on(event, () => {});
    container.sasl_server_mechanisms.enable_plain(() => true);
    container.on("sender_draining", ({ sender }: EventContext) => sender?.set_drained(true));
    container.on("sender_open", ({ sender }: EventContext) => {
      if (sender !== undefined && sender.source?.address === "q") this.#consumer = { sender, socket };
    });
    const options = {
      offered_capabilities: ["ANONYMOUS-RELAY"],
      reconnect: false,
      properties: { product: "Peer" },
    };
    const connection = container.create_connection(options as never) as Connection & {
      accept(on: Socket): void;
    };
    connection.accept(socket);
  }
}

function encode({ type, channel, payload, size, dataOffset = 2 }: HostileFrame, own: number): Buffer {
  const body = bytesOf(payload);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size ?? body.length + 8, 0);
  head.writeUInt8(dataOffset, 4);
  head.writeUInt8(type, 5);
  head.writeUInt16BE(channel ?? own, 6);
  return Buffer.concat([head, body]);
}
