import { type ExtensionHost, type Message, NO_HEADERS } from "@porthos-rpc/protocol";
import { encodeSpecs } from "./seed-form.js";

/** The seed's name. */
export const SPECS_QUEUE = "porthos.specs";

/** What did not arrive is shipped again: after so long, then after twice as long each time, up to the most. */
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;

/** A queue that nobody reads holds no more messages of a server than this: older ones expire. */
const KEPT_MESSAGES = 24;

/** Ships a server's specs when it starts, again and again until they arrive, and then every `everyMs`. One timer. */
export class Shipper {
  readonly #host: ExtensionHost;
  readonly #everyMs: number;
  /** The latest that could be encoded. */
  #body: Uint8Array;
  #failures = 0;
  #shipped = 0;
  #isStopped = false;
  #stopTimer: () => void = () => {};

  /**
   * @param everyMs 0 = only once
   * @throws {TypeError} for specs that cannot be shipped.
   */
  constructor(host: ExtensionHost, everyMs: number) {
    this.#host = host;
    this.#everyMs = everyMs;
    this.#body = encodeSpecs(host.service, host.methods);
  }

  /** How often the broker took them. */
  get shipped(): number {
    return this.#shipped;
  }

  /** Never rejects. */
  async ship(): Promise<void> {
    const { kind } = await this.#host.send(SPECS_QUEUE, this.#message());
    if (kind === "accepted") this.#shipped++;
    if (this.#isStopped) return;
    this.#failures = kind === "accepted" ? 0 : this.#failures + 1;
    const delayMs = this.#delayMs();
    if (delayMs > 0) this.#stopTimer = this.#host.clock.after(delayMs, () => this.#shipAgain());
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
  }

  #shipAgain(): void {
    try {
      // Methods may have been registered since.
      this.#body = encodeSpecs(this.#host.service, this.#host.methods);
    } catch {
      // Then those that were told before are told again: there is nobody here to tell of it.
    }
    void this.ship();
  }

  #delayMs(): number {
    if (this.#failures === 0) return this.#everyMs;
    return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
  }

  #message(): Message {
    return {
      body: this.#body,
      contentType: "application/json",
      correlationId: undefined,
      replyTo: undefined,
      ttlMs: this.#everyMs === 0 ? undefined : this.#everyMs * KEPT_MESSAGES,
      headers: NO_HEADERS,
      // It may wait there for a reader longer than the broker runs.
      durable: true,
    };
  }
}
