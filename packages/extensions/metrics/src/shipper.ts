import { type ExtensionHost, encodeText, type Message, NO_HEADERS } from "@porthos-rpc/protocol";
import { Backlog } from "./backlog.js";
import type { MetricEntry } from "./entry.js";

/** The seed's name. */
export const METRICS_QUEUE = "porthos.metrics";

/** After a shipment that failed the next waits: so long, then twice as long each time, up to the most. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** How long the end of a server waits for what is left. A host would wait 5 s; a broker that is there needs milliseconds. */
const FLUSH_MS = 1_000;

export interface ShipperSettings {
  readonly bufferSize: number;
  readonly intervalMs: number;
  readonly maxEntries: number;
}

/**
 * Ships entries in messages of `bufferSize`, one message at a time, in turns of its own: whoever adds an entry waits for
 * nothing. What cannot be shipped stays, up to `maxEntries`, and is tried again later.
 */
export class Shipper {
  readonly #host: ExtensionHost;
  readonly #settings: ShipperSettings;
  readonly #backlog: Backlog<MetricEntry>;
  /** `due`: a full message waits for its turn. `paused`: the last one failed. */
  #state: "idle" | "due" | "sending" | "paused" | "stopped" = "idle";
  #sending: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #failures = 0;
  #onTheWay = 0;
  #isOver = false;
  #shipped = 0;
  #dropped = 0;

  constructor(host: ExtensionHost, settings: ShipperSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#backlog = new Backlog(settings.maxEntries);
  }

  /** Entries that the broker has. */
  get shipped(): number {
    return this.#shipped;
  }

  /** Entries that it has not got, or perhaps not. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Entries of which nothing is known yet. */
  get waiting(): number {
    return this.#backlog.length + this.#onTheWay;
  }

  add(entry: MetricEntry): void {
    if (this.#state === "stopped") {
      this.#dropped++;
      return;
    }
    this.#dropped += this.#backlog.push(entry);
    if (this.#state === "idle") this.#plan();
  }

  /** Ships what is left, in bounded time; what is not shipped by then is dropped. Never rejects. */
  async stop(): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#cancelTimer();
    const sends = [this.#sending];
    while (this.#backlog.length > 0) sends.push(this.#send(this.#backlog.take(this.#settings.bufferSize)));
    await this.#within(FLUSH_MS, Promise.all(sends));
    this.#isOver = true;
    this.#dropped += this.#onTheWay;
    this.#onTheWay = 0;
  }

  /** Called where nothing is under way. */
  #plan(): void {
    const { clock } = this.#host;
    const { bufferSize, intervalMs } = this.#settings;
    if (this.#backlog.length >= bufferSize) {
      this.#state = "due";
      clock.later(() => {
        if (this.#state === "due") this.#ship();
      });
    } else if (this.#backlog.length > 0) {
      this.#stopTimer ??= clock.after(intervalMs, () => this.#ship());
    }
  }

  #ship(): void {
    this.#cancelTimer();
    this.#state = "sending";
    this.#sending = this.#send(this.#backlog.take(this.#settings.bufferSize));
  }

  /** Resolves when it is known what became of it. Never rejects. */
  async #send(entries: readonly MetricEntry[]): Promise<void> {
    this.#onTheWay += entries.length;
    const { kind } = await this.#host.send(METRICS_QUEUE, messageOf(entries));
    if (this.#isOver) return;
    this.#onTheWay -= entries.length;
    if (kind === "accepted") this.#shipped += entries.length;
    // Of `unknown` the broker may have it: shipped again, it would count twice.
    else if (kind === "unknown" || this.#state === "stopped") this.#dropped += entries.length;
    else this.#dropped += this.#backlog.putBack(entries);
    if (this.#state !== "stopped") this.#goOn(kind === "accepted");
  }

  #goOn(isShipped: boolean): void {
    this.#failures = isShipped ? 0 : this.#failures + 1;
    if (isShipped) {
      this.#state = "idle";
      this.#plan();
      return;
    }
    this.#state = "paused";
    const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    this.#stopTimer = this.#host.clock.after(delayMs, () => this.#retry());
  }

  #retry(): void {
    this.#cancelTimer();
    if (this.#backlog.length > 0) this.#ship();
    else this.#state = "idle";
  }

  #cancelTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  async #within(ms: number, all: Promise<unknown>): Promise<void> {
    let stopTimer = (): void => {};
    const over = new Promise<void>((resolve) => {
      stopTimer = this.#host.clock.after(ms, resolve);
    });
    await Promise.race([all, over]);
    stopTimer();
  }
}

function messageOf(entries: readonly MetricEntry[]): Message {
  return {
    body: encodeText(JSON.stringify(entries)),
    contentType: "application/json",
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    // As the seed's: a broker that is restarted forgets them.
    durable: false,
  };
}
