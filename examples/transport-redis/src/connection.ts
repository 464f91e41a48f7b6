import { randomUUID } from "node:crypto";
import { type RpcError, systemClock } from "@porthos-rpc/protocol";
import {
  type Attempt,
  type DriverLink,
  type DriverLinkEvents,
  type Endpoint,
  type Lane,
  orAbort,
  within,
} from "@porthos-rpc/protocol/driver";
import { createClient, RESP_TYPES } from "redis";
import { connectError, isUnfit, operationError } from "./errors.js";
import { SCRIPTS, type Script } from "./scripts.js";

/** How long `close()` waits for answers that are on their way. */
const CLOSE_MS = 1_000;
/** One attempt, until the connection can be used: the driver's own limit ends when TCP stands. */
const CONNECT_MS = 5_000;
/** So many heartbeats without an answer, and Redis is given up. */
const MAX_SILENT_BEATS = 10;

/** @throws {RpcError} Config, Unavailable */
export async function dial(endpoint: Endpoint, pollMs: number, { signal }: Attempt): Promise<Link> {
  const link = new Link(endpoint);
  const opening = link.open(pollMs);
  // Destroyed in vain if the driver was just about to make its socket; it is there when this is over.
  opening.catch(() => link.destroy());
  try {
    await orAbort(AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]), opening);
    return link;
  } catch (cause) {
    link.destroy();
    throw connectError(cause, endpoint.label);
  }
}

/** A channel that is listened to. */
export interface Ear extends Lane {
  readonly channel: string;
}

/** One connection; when it is lost, there will be another object. Commands and subscriptions share it (RESP 3). */
export class Link implements DriverLink {
  /** Its name as a consumer, and the channel that tells whether it is alive. */
  readonly name: string = `porthos:connection:${randomUUID()}`;
  /** To be called every `pollMs`. */
  readonly polls = new Set<() => void>();
  readonly #label: string;
  readonly #client: ReturnType<typeof newClient>;
  #events: DriverLinkEvents | undefined;
  #lost: RpcError | undefined;
  #isOpen = true;
  #silentBeats = 0;
  #stopTimer = (): void => {};

  constructor(endpoint: Endpoint) {
    this.#label = endpoint.label;
    this.#client = newClient(endpoint);
    this.#client.on("error", (cause: unknown) => this.#lose(cause));
  }

  /** False once it is lost, or being closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async open(pollMs: number): Promise<void> {
    await this.#client.connect();
    await Promise.all([
      this.#client.subscribe(this.name, () => {}),
      // A replica refuses even to delete what is not there, so that the next URL is tried.
      this.#client.del("porthos:none"),
      ...SCRIPTS.map(({ text }) => this.#client.scriptLoad(text)),
    ]);
    if (this.#isOpen) this.#beat(pollMs);
  }

  watch(events: DriverLinkEvents): void {
    this.#events = events;
    if (this.#lost !== undefined) events.onLost(this.#lost);
  }

  async run({ sha }: Script, key: string, ...args: (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.#client.evalSha(sha, { keys: [key], arguments: args });
    } catch (cause) {
      if (isUnfit(cause)) this.#lose(cause);
      throw cause;
    }
  }

  publish(channel: string, bytes: Buffer): Promise<unknown> {
    return this.#client.publish(channel, bytes);
  }

  /** Calls `heard` until the ear is closed, and never after. @throws {RpcError} */
  async hear(channel: string, heard: (bytes: Buffer) => void): Promise<Ear> {
    let isHearing = true;
    const listener = (bytes: Buffer): void => {
      if (isHearing && this.#isOpen) heard(bytes);
    };
    const close = async (): Promise<void> => {
      isHearing = false;
      if (this.#isOpen) await this.#client.unsubscribe(channel, listener, true).catch(() => {});
    };
    try {
      await this.#client.subscribe(channel, listener, true);
      return { channel, close };
    } catch (cause) {
      throw operationError(`the channel ${channel} cannot be listened to`, cause);
    }
  }

  async close(): Promise<void> {
    this.#end();
    await within(systemClock, CLOSE_MS, this.#client.close());
    this.destroy();
  }

  destroy(): void {
    this.#end();
    this.#client.destroy();
  }

  #end(): void {
    this.#isOpen = false;
    this.#stopTimer();
  }

  #lose(cause: unknown): void {
    if (!this.#isOpen) return;
    this.destroy();
    this.#lost = operationError(`the connection with the Redis at ${this.#label} was lost`, cause);
    this.#events?.onLost(this.#lost);
  }

  /** Without it a cable that was pulled out would be noticed by nobody. */
  #beat(pollMs: number): void {
    this.#stopTimer = systemClock.after(pollMs, () => {
      if (++this.#silentBeats > MAX_SILENT_BEATS) return this.#lose(new Error("it does not answer any more"));
      const answered = (): void => {
        this.#silentBeats = 0;
      };
      this.#client.ping().then(answered, () => {});
      this.#beat(pollMs);
      for (const poll of this.polls) poll();
    });
  }
}

/** The driver makes nothing anew and keeps nothing back: that is the Supervisor's matter, which wants fresh ones. */
function newClient({ secure, host, port, vhost, credentials }: Endpoint) {
  const socket = { host, port, connectTimeout: CONNECT_MS, reconnectStrategy: false } as const;
  return createClient({
    ...(credentials?.username && { username: credentials.username }),
    ...(credentials?.password && { password: credentials.password }),
    database: Number(vhost ?? 0),
    name: "porthos",
    RESP: 3,
    socket: secure ? { ...socket, tls: true } : socket,
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}
