import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import rhea, { type Connection, type ConnectionOptions, type EventContext } from "rhea";

const ANSWER_WITHIN_MS = 5_000;
/** Each of these, unheard, would become an uncaught exception or a text on the console. */
const ENDINGS = ["connection_error", "connection_close", "protocol_error", "error", "disconnected"];

/** A connection over AMQP 1.0 that is not made again when it is lost. */
export type Connection10 = {
  readonly connection: Connection;
  /** Resolves when it is gone, whoever ended it. */
  readonly gone: Promise<void>;
  close(): Promise<void>;
};

/**
 * Opens a connection and a session: some brokers accept the one before they are ready for the other.
 * @throws {Error} when the broker refuses, or does not answer within 5 s
 */
export async function openAmqp10(url: string): Promise<Connection10> {
  const socket = socketTo(new URL(url));
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const connection = rhea.create_container().connect(optionsFor(new URL(url), socket));
  const timer = setTimeout(() => socket.destroy(new Error("The broker does not answer")), ANSWER_WITHIN_MS);
  try {
    await sessionOf(connection);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const close = async (): Promise<void> => {
    connection.close();
    const impatience = setTimeout(() => socket.destroy(), ANSWER_WITHIN_MS);
    await gone;
    clearTimeout(impatience);
  };
  return { connection, gone, close };
}

function sessionOf(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const event of [...ENDINGS, "session_error", "session_close"]) {
      connection.on(event, (context: EventContext) => reject(reasonOf(event, context)));
    }
    const session = connection.create_session();
    session.on("session_open", () => resolve());
    session.begin();
  });
}

function reasonOf(event: string, { error, connection, session }: EventContext): Error {
  const reason = error ?? session?.error ?? connection?.error;
  if (reason instanceof Error) return reason;
  return new Error(`${event}: ${reason?.condition ?? "no reason given"} ${reason?.description ?? ""}`.trim());
}

function socketTo(url: URL): Socket {
  const secure = url.protocol === "amqp10s:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port === "" ? (secure ? 5671 : 5672) : url.port);
  const socket = secure ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
  return socket.setNoDelay();
}

/** The socket is ours, so that one whose peer never speaks can be ended. */
function optionsFor(url: URL, socket: Socket): ConnectionOptions {
  const host = url.hostname;
  const connect = (_port: number, _host: string, _options: unknown, onConnect: () => void): Socket =>
    socket.once(url.protocol === "amqp10s:" ? "secureConnect" : "connect", onConnect);
  return {
    host,
    port: 0,
    username: decodeURIComponent(url.username) || "anonymous",
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    reconnect: false,
    connection_details: () => ({ host, port: 0, connect, options: {} }),
  };
}
