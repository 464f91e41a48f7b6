import { randomUUID } from "node:crypto";
import { type RpcError, systemClock } from "@porthos-rpc/protocol";
import { createClient, RESP_TYPES } from "redis";
import { closedError, connectError, isUnfit, lostError } from "./errors.js";
import { SCRIPTS, type Script } from "./scripts.js";

/** How long `close()` waits for answers that are on their way. */
const CLOSE_WAIT_MS = 1_000;
/** One attempt, until the connection can be used. */
const CONNECT_TIMEOUT_MS = 5_000;
/** So many heartbeats without an answer, and Redis is given up. */
const MAX_SILENT_BEATS = 10;

export interface ConnectionOwner {
  onLost(connection: Connection, reason: RpcError): void;
  /** Every `pollMs`. */
  onBeat(): void;
}

/**
 * One connection: commands and subscriptions share it (RESP 3). It is never made anew: that is the Supervisor's
 * matter, which wants a fresh one each time; so all that the driver does for it is switched off.
 */
export class Connection {
  /** Its name as a consumer, and the channel that tells whether it is alive. */
  readonly name: string = `porthos:connection:${randomUUID()}`;
  readonly host: string;
  readonly #client: Client;
  readonly #owner: ConnectionOwner;
  readonly #unfinished = new Set<Promise<unknown>>();
  #isOpen = true;
  #silentBeats = 0;
  #stopTimer: () => void = () => {};

  private constructor(client: Client, host: string, owner: ConnectionOwner) {
    this.#client = client;
    this.host = host;
    this.#owner = owner;
    client.on("error", (cause: unknown) => this.#lose(cause));
  }

  /** @throws {RpcError} Config, Unavailable */
  static async dial(
    url: string,
    pollMs: number,
    owner: ConnectionOwner,
    signal: AbortSignal,
  ): Promise<Connection> {
    const client = newClient(url);
    const connection = new Connection(client, new URL(url).host, owner);
    let late: Error | undefined;
    // The driver's own limit ends when TCP stands; a Redis that is frozen never answers what comes then.
    const stopTimer = systemClock.after(CONNECT_TIMEOUT_MS, () => {
      late = new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`);
      client.destroy();
    });
    signal.addEventListener("abort", () => client.destroy(), { once: true });
    try {
      await client.connect();
      const loading = SCRIPTS.map(({ text }) => client.scriptLoad(text));
      // A replica refuses even to delete what is not there, so that the next URL is tried.
      await Promise.all([
        client.subscribe(connection.name, () => {}),
        client.del("porthos:none"),
        ...loading,
      ]);
    } catch (cause) {
      connection.destroy();
      throw connectError(late ?? cause, connection.host);
    } finally {
      stopTimer();
    }
    connection.#beat(pollMs);
    return connection;
  }

  /** False once it is lost, or being closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Commands that have no answer yet. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  run({ sha }: Script, key: string, ...args: (string | Buffer)[]): Promise<unknown> {
    return this.#track(this.#client.evalSha(sha, { keys: [key], arguments: args }));
  }

  publish(channel: string, bytes: Buffer): Promise<unknown> {
    return this.#track(this.#client.publish(channel, bytes));
  }

  /** @returns what ends it. Never calls `heard` after that was called. */
  async subscribe(channel: string, heard: (bytes: Buffer) => void): Promise<() => Promise<void>> {
    let isHearing = true;
    const listener = (bytes: Buffer): void => {
      if (isHearing && this.#isOpen) heard(bytes);
    };
    await this.#track(this.#client.subscribe(channel, listener, true));
    if (!this.#isOpen) throw closedError("maybe");
    return async () => {
      isHearing = false;
      if (this.#isOpen) await this.#track(this.#client.unsubscribe(channel, listener, true)).catch(() => {});
    };
  }

  /** Waits for the answers that are on their way, and gives what it held back to others. Never rejects. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#stopTimer();
    const stopTimer = systemClock.after(CLOSE_WAIT_MS, () => this.destroy());
    this.#track(this.#client.unsubscribe()).catch(() => {});
    await Promise.allSettled(this.#unfinished);
    stopTimer();
    this.destroy();
    // Whoever waits for an answer hears of it first.
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** At once; what has no answer yet fails. */
  destroy(): void {
    this.#isOpen = false;
    this.#stopTimer();
    this.#client.destroy();
  }

  #lose(cause: unknown): void {
    if (!this.#isOpen) return;
    this.destroy();
    this.#owner.onLost(this, lostError(cause, this.host));
  }

  #beat(pollMs: number): void {
    this.#stopTimer = systemClock.after(pollMs, () => {
      if (++this.#silentBeats > MAX_SILENT_BEATS) return this.#lose(new Error("it does not answer any more"));
      const answered = (): void => {
        this.#silentBeats = 0;
      };
      this.#track(this.#client.ping()).then(answered, () => {});
      this.#beat(pollMs);
      this.#owner.onBeat();
    });
  }

  #track<T>(command: Promise<T>): Promise<T> {
    this.#unfinished.add(command);
    const done = (): unknown => this.#unfinished.delete(command);
    command.then(done, (cause: unknown) => {
      done();
      if (isUnfit(cause)) this.#lose(cause);
    });
    return command;
  }
}

type Client = ReturnType<typeof newClient>;

function newClient(url: string) {
  return createClient({
    url,
    name: "porthos",
    RESP: 3,
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}
