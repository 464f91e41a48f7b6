import { once } from "node:events";
import type { Broker } from "@porthos-rpc/brokers";
import rhea, { type EventContext, type Sender } from "rhea";
import { FrameType } from "../seed-peer/frame.js";
import { method } from "../seed-peer/method.js";
import { RawConnection } from "../seed-peer/raw-connection.js";
import { SOON_MS, within } from "../waits.js";
import { bytesOf } from "./data.js";
import type { MessageEntry } from "./entry.js";

const BODY = Buffer.from("{}");
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
];
/** How long a broker may take for a message; some say nothing to what they do not understand. */
const OUTCOME_MS = 2_000;

/** Sends a message's header as it stands there, on a connection of its own: a broker may end it. */
export async function sendRaw091(url: string, queue: string, { bytes }: MessageEntry): Promise<void> {
  const connection = await RawConnection.open(url);
  const channel = await connection.channel();
  const words = method(0x3c_0028).integer(2, 0).shortString("").shortString(queue).integer(1, 0);
  const start = Buffer.alloc(12);
  start.writeUInt16BE(60, 0);
  start.writeUInt32BE(BODY.length, 8);
  connection.write([
    { type: FrameType.method, channel: 1, payload: words.toBuffer() },
    { type: FrameType.header, channel: 1, payload: Buffer.concat([start, bytesOf(bytes)]) },
    { type: FrameType.body, channel: 1, payload: BODY },
  ]);
  // Its answer comes behind what it makes of the message; some brokers give none to what they do not understand.
  await Promise.race([channel.close().catch(() => {}), pause()]);
  await Promise.race([connection.close().catch(() => {}), pause()]);
}

/** Sends a whole message as it stands there, on a connection of its own. */
export async function sendRaw10(broker: Broker, queue: string, { bytes }: MessageEntry): Promise<void> {
  const { hostname, port, username, password } = new URL(broker.url("amqp10"));
  const container = rhea.create_container();
  for (const event of ENDINGS) container.on(event, () => {});
  const connection = container.connect({
    host: hostname,
    port: Number(port),
    username,
    password,
    reconnect: false,
  });
  const ended = Promise.race(ENDINGS.map((event) => once(connection, event)));
  const target = { address: addressOf(broker, queue), capabilities: ["queue"] };
  connection.open_sender({ target } as never);
  const opened = Promise.race([once(container, "sendable"), ended]);
  const [context] = (await within(SOON_MS, "credit for a raw message", opened)) as [EventContext];
  const { sender } = context;
  if (sender !== undefined) await Promise.race([outcome(sender, bytesOf(bytes)), ended]);
  connection.close();
  await Promise.race([ended, pause()]);
}

function outcome(sender: Sender, bytes: Buffer): Promise<unknown> {
  const told = ["accepted", "released", "rejected", "modified"].map((event) => once(sender, event));
  sender.send(bytes as never, Buffer.from("t"), 0);
  return Promise.race([...told, pause()]);
}

function addressOf({ name }: Broker, queue: string): string {
  if (name === "rabbitmq-3.10") return `/amq/queue/${queue}`;
  return name.startsWith("rabbitmq") ? `/queues/${queue}` : queue;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, OUTCOME_MS));
}
