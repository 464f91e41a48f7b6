import type { Socket } from "node:net";
import type { Clock, RpcError } from "@porthos-rpc/protocol";
import {
  closedError,
  type DriverLink,
  type DriverLinkEvents,
  type Endpoint,
  type IssuedCredentials,
  within,
} from "@porthos-rpc/protocol/driver";
import type { Channel, ChannelModel } from "amqplib";
import { lostError } from "./errors.js";
import { internalsOf } from "./internals.js";
import type { LaneDriver, Lanes } from "./lane.js";
import { SilenceWatch } from "./silence-watch.js";

/** How long a broker may take to answer our goodbye. */
const CLOSE_MS = 2_000;

/** What a connection was let in with, and where the next comes from. */
export interface Admission {
  readonly expiresAt: Date | undefined;
  /** @throws {RpcError} */
  issue(): Promise<IssuedCredentials>;
}

/** One open connection with a broker; when it is lost, there will be another object. */
export class Link implements DriverLink {
  readonly lanes: Lanes;
  readonly label: string;
  readonly expiresAtMs: number | undefined;
  readonly renew: (() => Promise<number | undefined>) | undefined;
  readonly #model: ChannelModel;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #silence: SilenceWatch | undefined;
  #events: DriverLinkEvents | undefined;
  #lost: RpcError | undefined;
  /** Ends what waits for an answer that will not come. */
  #onGone = (): void => {};

  constructor(
    model: ChannelModel,
    endpoint: Endpoint,
    driver: LaneDriver,
    clock: Clock,
    admission: Admission | undefined,
  ) {
    this.label = endpoint.label;
    this.#model = model;
    this.#clock = clock;
    const { stream, heartbeat } = internalsOf(model);
    this.#socket = stream;
    const giveUp = (): void => void stream.destroy(new Error("Heartbeat timeout"));
    this.#silence =
      heartbeat > 0 ? new SilenceWatch(clock, heartbeat * 1_000, () => stream.bytesRead, giveUp) : undefined;
    let cause: unknown;
    // An emitter without a listener for "error" ends the process.
    model.on("error", (error: unknown) => {
      cause ??= error;
    });
    model.on("close", (error: unknown) => this.#onClose(cause ?? error));
    model.on("blocked", (reason: string) => this.#events?.onBlocked(true, reason));
    model.on("unblocked", () => this.#events?.onBlocked(false, ""));
    this.lanes = driver.attach(model);
    this.expiresAtMs = admission?.expiresAt?.getTime();
    const { product } = model.connection.serverProperties;
    // An extension of RabbitMQ's; others hang up on it.
    const isRabbit = /rabbitmq/i.test(String(product));
    this.renew = isRabbit && admission !== undefined ? () => this.#renew(admission) : undefined;
  }

  /** Who hears of it from now on. Tells at once if it is lost already. */
  watch(events: DriverLinkEvents): void {
    this.#events = events;
    if (this.#lost !== undefined) events.onLost(this.#lost);
  }

  /** A channel for one purpose: an operation that the broker refuses costs the channel and nothing else. */
  async withChannel<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.#model.createChannel();
    channel.on("error", () => {});
    try {
      return await use(channel);
    } finally {
      // Not awaited: amqplib's promise stays open when the connection goes meanwhile.
      channel.close().catch(() => {});
    }
  }

  /** Says goodbye, then hangs up. What the lanes have written before is on its way. Never rejects. */
  async close(): Promise<void> {
    this.#events = undefined;
    if (this.#lost === undefined) await within(this.#clock, CLOSE_MS, this.#model.close());
    this.destroy();
  }

  /** Hangs up. Needed after a lost heartbeat too: amqplib only ends its half, and the socket would stay for ever. */
  destroy(): void {
    this.#events = undefined;
    this.#silence?.stop();
    this.#onGone();
    // With an error, so that amqplib notices and stops its heartbeat: it does not listen to "close".
    this.#socket.destroy(this.#lost === undefined ? new Error("closed by its owner") : undefined);
  }

  async #renew({ issue }: Admission): Promise<number | undefined> {
    const { password, expiresAt } = await issue();
    // amqplib's promise stays open when the connection goes meanwhile.
    const gone = new Promise<never>((_, reject) => {
      this.#onGone = () => reject(this.#lost ?? closedError());
    });
    if (this.#lost !== undefined) this.#onGone();
    await Promise.race([gone, this.#model.updateSecret(Buffer.from(password), "renewed")]);
    return expiresAt?.getTime();
  }

  #onClose(cause: unknown): void {
    const reason = lostError(cause, this.label);
    this.#lost = reason;
    this.#onGone();
    const events = this.#events;
    this.destroy();
    events?.onLost(reason);
  }
}
