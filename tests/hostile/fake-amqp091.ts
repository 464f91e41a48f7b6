import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { encodeTable, text } from "../seed-peer/field-table.js";
import { encodeFrame, type Frame, FrameSplitter, FrameType } from "../seed-peer/frame.js";
import { method } from "../seed-peer/method.js";
import { OctetReader, OctetWriter } from "../seed-peer/octets.js";
import { encodeHeader } from "../seed-peer/properties.js";
import { bytesOf } from "./data.js";
import type { FramesEntry, HostileFrame } from "./entry.js";

const GREETING_BYTES = 8;
const FRAME_MAX = 131_072;

type Answer = (args: OctetReader) => readonly [number, OctetWriter | undefined];

/** What an honest broker answers: the method's number, and its arguments. */
const ANSWERS: ReadonlyMap<number, Answer> = new Map<number, Answer>([
  [0x0a_000b, () => [0x0a_001e, words().integer(2, 2_047).integer(4, FRAME_MAX).integer(2, 60)]],
  [0x0a_0028, () => [0x0a_0029, words().shortString("")]],
  [0x0a_0032, () => [0x0a_0033, undefined]],
  [0x14_000a, () => [0x14_000b, words().longString("")]],
  [0x14_0028, () => [0x14_0029, undefined]],
  [0x55_000a, () => [0x55_000b, undefined]],
  [0x32_000a, (args) => [0x32_000b, words().shortString(queueOf(args)).integer(4, 0).integer(4, 0)]],
  [0x32_0014, () => [0x32_0015, undefined]],
  [0x32_0028, () => [0x32_0029, words().integer(4, 0)]],
  [0x28_000a, () => [0x28_000b, undefined]],
  [0x3c_000a, () => [0x3c_000b, undefined]],
  [0x3c_0014, (args) => [0x3c_0015, words().shortString(tagOf(args))]],
  [0x3c_001e, (args) => [0x3c_001f, words().shortString(args.shortString())]],
]);

function words(): OctetWriter {
  return new OctetWriter();
}

function queueOf(args: OctetReader): string {
  args.bytes(2);
  return args.shortString().toString() || "generated";
}

function tagOf(args: OctetReader): string {
  args.bytes(2);
  args.shortString();
  return args.shortString().toString();
}

interface Consumer {
  readonly socket: Socket;
  readonly channel: number;
}

/** A broker that is honest up to one moment, and honest again on the next connection. */
export class FakeAmqp091 implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #entry: FramesEntry;
  #hasGreeted = false;
  /** The last one. */
  #consumer: Consumer | undefined;
  connections = 0;

  private constructor(entry: FramesEntry) {
    this.#entry = entry;
    this.#server = createServer((socket) => this.#serve(socket)).listen(0, "127.0.0.1");
  }

  static async start(entry: FramesEntry): Promise<FakeAmqp091> {
    const broker = new FakeAmqp091(entry);
    await once(broker.#server, "listening");
    return broker;
  }

  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends the consumer that there is now a good message, if it can. */
  deliver(): void {
    if (this.#consumer === undefined) return;
    const { socket, channel } = this.#consumer;
    const deliver = method(0x3c_003c).shortString("porthos").integer(8, 1).integer(1, 0).shortString("");
    const body = Buffer.from("good");
    const payload = encodeHeader({ headers: [text("X-Method", "good")] }, body.length);
    write(socket, [
      { type: FrameType.method, channel, payload: deliver.shortString("q").toBuffer() },
      { type: FrameType.header, channel, payload },
      { type: FrameType.body, channel, payload: body },
    ]);
  }

  /** Sends it what is hostile. */
  attack(): void {
    if (this.#consumer === undefined) throw new Error("there is no consumer");
    const { socket, channel } = this.#consumer;
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
    const splitter = new FrameSplitter();
    let greeting = Buffer.alloc(0);
    let isGreeted = false;
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (this.#consumer?.socket === socket) this.#consumer = undefined;
    });
    socket.on("data", (chunk: Buffer) => {
      let bytes = chunk;
      if (!isGreeted) {
        greeting = Buffer.concat([greeting, chunk]);
        if (greeting.length < GREETING_BYTES) return;
        isGreeted = true;
        bytes = greeting.subarray(GREETING_BYTES);
        this.#greet(socket);
      }
      for (const frame of splitter.push(bytes)) this.#receive(socket, frame);
    });
  }

  #greet(socket: Socket): void {
    if (this.#entry.when === "greeting" && !this.#hasGreeted) {
      this.#hasGreeted = true;
      for (const frame of this.#entry.frames)
        socket.write("raw" in frame ? bytesOf(frame.raw) : encode(frame, 0));
      socket.end();
      return;
    }
    const start = method(0x0a_000a).integer(1, 0).integer(1, 9);
    start
      .bytes(encodeTable([text("product", "RabbitMQ")]))
      .longString("PLAIN")
      .longString("en_US");
    write(socket, [{ type: FrameType.method, channel: 0, payload: start.toBuffer() }]);
  }

  #receive(socket: Socket, { type, channel, payload }: Frame): void {
    if (type !== FrameType.method) return;
    const id = payload.readUInt32BE(0);
    const answer = ANSWERS.get(id)?.(new OctetReader(payload.subarray(4)));
    if (answer === undefined) return;
    const [number, args] = answer;
    const body = method(number).bytes(args?.toBuffer() ?? Buffer.alloc(0));
    write(socket, [{ type: FrameType.method, channel, payload: body.toBuffer() }]);
    if (id === 0x3c_0014) this.#consumer = { socket, channel };
  }
}

function write(socket: Socket, frames: readonly Frame[]): void {
  if (!socket.destroyed) socket.write(Buffer.concat(frames.map(encodeFrame)));
}

function encode({ type, channel, payload, size, end }: HostileFrame, own: number): Buffer {
  const frame = encodeFrame({ type, channel: channel ?? own, payload: bytesOf(payload) });
  if (size !== undefined) frame.writeUInt32BE(size, 3);
  if (end !== undefined) frame.writeUInt8(end, frame.length - 1);
  return frame;
}
