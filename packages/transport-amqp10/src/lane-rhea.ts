import type { Duplex } from "node:stream";
import type { Clock } from "@porthos-rpc/protocol";
import rhea from "rhea";
import { Ending } from "./ending.js";
import {
  type HandshakeStage,
  HungUp,
  type LaneDriver,
  type Lanes,
  type OpenOptions,
  type Peer,
} from "./lane.js";
import { openReceiveLane } from "./lane-rhea-receive.js";
import { openSendLane } from "./lane-rhea-send.js";
import { faultOf, RheaSessions } from "./rhea-session.js";
import { RheaSocket } from "./rhea-socket.js";
import type { RheaConnection, RheaContext } from "./rhea-types.js";
import { WORN_AT } from "./session-wear.js";

/** The largest frame that we take; brokers settle on what is smaller of the two sides'. */
const MAX_FRAME_BYTES = 1_048_576;

/** Lanes over rhea's public interface. Its reconnection is off: a lost connection is never used again. */
export function lanesOfRhea(clock: Clock, answerTimeoutMs: number, wornAt: number = WORN_AT): LaneDriver {
  return {
    open: (socket, options) => new RheaConnector(clock, answerTimeoutMs, wornAt, socket, options).open(),
  };
}

class RheaConnector {
  readonly #clock: Clock;
  readonly #answerTimeoutMs: number;
  readonly #wornAt: number;
  readonly #options: OpenOptions;
  readonly #socket: RheaSocket;
  readonly #connection: RheaConnection;
  #cause: unknown;
  #tellLost: ((cause: unknown) => void) | undefined;
  readonly #ending = new Ending();

  constructor(clock: Clock, answerTimeoutMs: number, wornAt: number, socket: Duplex, options: OpenOptions) {
    this.#wornAt = wornAt;
    this.#clock = clock;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#options = options;
    this.#socket = new RheaSocket(socket, clock, (cause) => this.#onGone(cause));
    this.#connection = connectionOver(this.#socket, options);
    // Each of these, unheard, would become an uncaught exception or a text on the console.
    for (const event of ["connection_error", "connection_close", "protocol_error", "error", "disconnected"]) {
      this.#connection.on(event, (context) => this.#noteCause(context));
    }
    for (const event of ["session_error", "session_close", "sender_error", "receiver_error"]) {
      this.#connection.on(event, () => {});
    }
    for (const event of ["sender_close", "receiver_close"]) this.#connection.on(event, () => {});
  }

  open(): Promise<Lanes> {
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#socket.destroy(signal.reason);
      const noteStage = (): void => this.#options.onStage(this.#stage);
      const done = (): void => {
        signal.removeEventListener("abort", abort);
        this.#socket.off("data", noteStage);
        this.#ending.delete(failed);
      };
      const failed = (cause: unknown): void => {
        done();
        const noReason = cause === undefined || (cause as { code?: unknown }).code === "ECONNRESET";
        reject(noReason && this.#socket.hasSpoken ? new HungUp(cause) : cause);
      };
      this.#ending.add(failed);
      signal.addEventListener("abort", abort);
      this.#connection.on("connection_open", () => {
        done();
        this.#takeOverLifeSigns();
        // After rhea, which has taken out the whole frames by then.
        this.#socket.on("data", () => this.#checkFrameSize());
        resolve(this.#lanes());
      });
      noteStage();
      if (signal.aborted) abort();
      else this.#connection.connect();
      // After rhea, which has read the bytes by then.
      this.#socket.on("data", noteStage);
    });
  }

  get #stage(): HandshakeStage {
    if (!this.#socket.hasSpoken) return "silent";
    return this.#connection.sasl_transport?.transport?.read_complete ? "opening" : "authenticating";
  }

  /** rhea would set two timers anew with every frame. */
  #takeOverLifeSigns(): void {
    const { local, remote } = this.#connection;
    const theirs = remote.open?.idle_time_out ?? 0;
    clearTimeout(this.#connection.heartbeat_in);
    local.open.idle_time_out = undefined;
    if (remote.open !== undefined) remote.open.idle_time_out = undefined;
    this.#socket.watch(2 * this.#options.idleTimeoutMs, theirs > 0 ? theirs / 2 : undefined);
  }

  /**
   * A frame that says it is larger than agreed ends the connection: rhea would go on collecting bytes for it, up to 4 GiB, and a peer that
   * will never make sense again would be taken for alive.
   */
  #checkFrameSize(): void {
    const size = this.#connection.frame_size ?? 0;
    if (size <= MAX_FRAME_BYTES) return;
    this.#socket.destroy(new Error(`a frame says that it has ${size} bytes; ${MAX_FRAME_BYTES} were agreed`));
  }

  #lanes(): Lanes {
    const sessions = new RheaSessions(
      this.#connection,
      this.#clock,
      this.#answerTimeoutMs,
      this.#ending,
      this.#wornAt,
    );
    return {
      peer: peerOf(this.#connection),
      onLost: (tell) => {
        this.#tellLost = tell;
        if (this.#ending.ended) tell(this.#cause);
      },
      whenGone: (tell) => this.#ending.add(() => tell()),
      openSend: (target, events) => openSendLane(sessions, target, events),
      openReceive: (options, events) => openReceiveLane(sessions, options, events),
      close: () => this.#close(),
      destroy: () => this.#destroy(),
    };
  }

  #close(): Promise<void> {
    this.#tellLost = undefined;
    return new Promise((resolve) => {
      this.#ending.add(() => resolve());
      if (!this.#ending.ended) this.#connection.close();
    });
  }

  #destroy(): void {
    this.#tellLost = undefined;
    this.#socket.destroy();
  }

  /** The first is the reason; what follows is its consequence. */
  #noteCause(context: RheaContext | Error): void {
    if (this.#cause !== undefined) return;
    if (context instanceof Error) {
      this.#cause = context;
      return;
    }
    const { error } = this.#connection;
    this.#cause = error === undefined ? context.error : faultOf(error);
    // A broker that says goodbye may leave the socket open, or take its time.
    if (error !== undefined) this.#socket.end();
  }

  #onGone(cause: unknown): void {
    this.#cause ??= cause;
    const reason = this.#cause;
    this.#ending.end(reason);
    this.#tellLost?.(reason);
    this.#tellLost = undefined;
  }
}

function connectionOver(socket: RheaSocket, options: OpenOptions): RheaConnection {
  // A container of our own: the default one is shared by all users of rhea in the process.
  const container = rhea.create_container({ id: options.containerId });
  container.on("error", () => {});
  const mechanisms = options.mechanisms.map(({ name, initialResponse }) => [
    name,
    new Mechanism(initialResponse),
  ]);
  const settings = {
    container_id: options.containerId,
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    idle_time_out: options.idleTimeoutMs,
    max_frame_size: MAX_FRAME_BYTES,
    properties: options.properties,
    reconnect: false,
    sasl_mechanisms: Object.fromEntries(mechanisms),
    connection_details: () => ({
      connect: (_port: unknown, _host: unknown, _options: unknown, onConnected: () => void) => {
        process.nextTick(onConnected);
        return socket;
      },
    }),
  };
  // rhea's types want a host and a port, which the socket has behind it already.
  return container.create_connection(settings as never) as unknown as RheaConnection;
}

/** A mechanism that says all it has to say at once, in the form that rhea calls. */
class Mechanism {
  readonly #initialResponse: () => Buffer;

  constructor(initialResponse: () => Buffer) {
    this.#initialResponse = initialResponse;
  }

  start(done: (error: undefined, response: Buffer) => void): void {
    done(undefined, this.#initialResponse());
  }

  step(_challenge: unknown, done: (error: undefined, response: Buffer) => void): void {
    done(undefined, Buffer.alloc(0));
  }
}

function peerOf({ remote }: RheaConnection): Peer {
  const properties = new Map(Object.entries((remote.open?.properties ?? {}) as Record<string, unknown>));
  const text = (name: string): string => {
    const value = properties.get(name);
    return typeof value === "string" ? value : "";
  };
  const offered: unknown = remote.open?.offered_capabilities ?? [];
  const capabilities = (Array.isArray(offered) ? offered : [offered]).map(String);
  return { product: text("product"), version: text("version"), capabilities };
}
