import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { SOON_MS, within } from "../waits.js";
import { encodeTable, text } from "./field-table.js";
import { encodeFrame, type Frame, FrameSplitter, FrameType, PROTOCOL_HEADER } from "./frame.js";
import { Method, method } from "./method.js";
import { OctetReader, type OctetWriter } from "./octets.js";
import { type FrameSink, RawChannel } from "./raw-channel.js";
import { BrokerRefusal, Replies } from "./replies.js";

/** AMQP 0-9-1 on a bare socket: no library stands between a test and the bytes. */
export class RawConnection implements FrameSink, AsyncDisposable {
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter();
  readonly #replies = new Replies();
  readonly #channels = new Map<number, RawChannel>();
  maxFrameBytes = 4_096;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      for (const frame of this.#splitter.push(chunk)) this.#receive(frame);
    });
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the broker closed the socket")));
  }

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port, username, password, pathname } = new URL(url);
    const socket = connect({ port: Number(port || 5672), host: hostname, noDelay: true });
    const connection = new RawConnection(socket);
    await within(SOON_MS, "a TCP connection", once(socket, "connect"));
    const user = decodeURIComponent(username || "guest");
    const secret = decodeURIComponent(password || "guest");
    await connection.#shakeHands(user, secret, decodeURIComponent(pathname.slice(1)) || "/");
    return connection;
  }

  async channel(): Promise<RawChannel> {
    const number = this.#channels.size + 1;
    const channel = new RawChannel(number, this);
    this.#channels.set(number, channel);
    return channel.open();
  }

  write(frames: readonly Frame[]): void {
    this.#socket.write(Buffer.concat(frames.map(encodeFrame)));
  }

  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const words = method(Method.connectionClose).integer(2, 200).shortString("").integer(4, 0);
    const closed = this.#replies.expect(Method.connectionCloseOk);
    this.#send(words);
    await closed.catch(() => {});
    this.#socket.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #shakeHands(user: string, password: string, virtualHost: string): Promise<void> {
    const started = this.#replies.expect(Method.connectionStart);
    this.#socket.write(PROTOCOL_HEADER);
    await started;
    const tuned = this.#replies.expect(Method.connectionTune);
    const startOk = method(Method.connectionStartOk).bytes(encodeTable([text("product", "seed peer")]));
    this.#send(startOk.shortString("PLAIN").longString(`\0${user}\0${password}`).shortString("en_US"));
    const limits = await tuned;
    const maxChannels = limits.unsigned(2);
    this.maxFrameBytes = limits.unsigned(4);
    // No heartbeats: a test is over sooner.
    this.#send(
      method(Method.connectionTuneOk).integer(2, maxChannels).integer(4, this.maxFrameBytes).integer(2, 0),
    );
    const opened = this.#replies.expect(Method.connectionOpenOk);
    this.#send(method(Method.connectionOpen).shortString(virtualHost).shortString("").integer(1, 0));
    await opened;
  }

  #receive(frame: Frame): void {
    if (frame.type === FrameType.heartbeat) return;
    if (frame.channel !== 0) {
      this.#channels.get(frame.channel)?.receive(frame);
      return;
    }
    const id = frame.payload.readUInt32BE(0);
    const args = new OctetReader(frame.payload.subarray(4));
    if (id !== Method.connectionClose) {
      this.#replies.arrived(id, args);
      return;
    }
    this.#send(method(Method.connectionCloseOk));
    this.#fail(new BrokerRefusal(args.unsigned(2), args.shortString().toString()));
  }

  #send(words: OctetWriter): void {
    this.write([{ type: FrameType.method, channel: 0, payload: words.toBuffer() }]);
  }

  #fail(error: Error): void {
    this.#replies.fail(error);
    for (const channel of this.#channels.values()) channel.fail(error);
  }
}
