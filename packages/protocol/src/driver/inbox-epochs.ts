import type { Clock } from "../clock.js";
import type { RpcError } from "../errors.js";
import { checkInteger } from "../options.js";
import type { InboxHandler } from "../transport.js";
import { guarded, type Report } from "./report.js";

const MIN_EXPIRY_MS = 1_000;
const MAX_EXPIRY_MS = 3_600_000;

/** The option `inboxExpiryMs` of transports whose brokers have queues that expire. @throws {TypeError} */
export function readInboxExpiry(where: string, expiryMs: number | undefined): number | undefined {
  if (expiryMs === undefined) return undefined;
  const bounds = { min: MIN_EXPIRY_MS, max: MAX_EXPIRY_MS, fallback: MIN_EXPIRY_MS };
  return checkInteger(where, "inboxExpiryMs", expiryMs, bounds);
}

export interface InboxEpochsOptions {
  readonly clock: Clock;
  readonly handler: InboxHandler;
  readonly report: Report;
  /** How long an address may still be there when its connection is gone; undefined: it goes with its connection. */
  readonly expiryMs: number | undefined;
}

/**
 * The addresses of one inbox, one after the other, and what its user is told of them. One that outlasts its connection is
 * told to be lost only when it is not there any more, or when it has expired.
 */
export class InboxEpochs {
  readonly #options: InboxEpochsOptions;
  #address: string | undefined;
  #epoch = 0;
  /** Why its connection is gone, while it may still be there. */
  #reason: RpcError | undefined;
  #stopExpiry: (() => void) | undefined;

  constructor(options: InboxEpochsOptions) {
    this.#options = options;
  }

  /** Where others may send to; also while the connection is gone, if the address may still be there. */
  get address(): string | undefined {
    return this.#address;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** It is read (again) at this address. */
  opened(address: string): void {
    this.#endExpiry();
    const reason = this.#reason;
    this.#reason = undefined;
    if (this.#address === address) return;
    if (this.#address !== undefined && reason !== undefined) this.#tellLost(reason);
    this.#address = address;
    const epoch = ++this.#epoch;
    const { handler, report } = this.#options;
    guarded(report, "onOpen of an inbox", () => handler.onOpen?.(address, epoch));
  }

  /** Nobody reads it any more. */
  lost(reason: RpcError): void {
    if (this.#address === undefined) return;
    const { clock, expiryMs } = this.#options;
    if (expiryMs === undefined || reason.code === "Closed") {
      this.#tellLost(reason);
      return;
    }
    this.#reason = reason;
    this.#stopExpiry ??= clock.after(expiryMs, () => this.#tellLost(reason));
  }

  /** Nobody wants to know any more. */
  close(): void {
    this.#endExpiry();
    this.#address = undefined;
  }

  #tellLost(reason: RpcError): void {
    this.#endExpiry();
    this.#address = undefined;
    this.#reason = undefined;
    const { handler, report } = this.#options;
    const epoch = this.#epoch;
    guarded(report, "onLost of an inbox", () => handler.onLost?.(epoch, reason));
  }

  #endExpiry(): void {
    this.#stopExpiry?.();
    this.#stopExpiry = undefined;
  }
}
