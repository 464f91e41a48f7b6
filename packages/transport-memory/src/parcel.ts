import type { Clock, Message } from "@porthos-rpc/protocol";
import { copyMessage } from "./message-copy.js";

/** A message as the broker keeps it, out of reach of sender and receivers. */
export class Parcel {
  readonly message: Message;
  /** On the broker's clock; Infinity = never. */
  readonly expiresAtMs: number;
  /** Its place among the messages of its queue, which it keeps when it comes back. */
  place = 0;
  /** How often it has come back. */
  returns = 0;

  /** @param message the broker's own copy */
  constructor(message: Message, expiresAtMs: number) {
    this.message = message;
    this.expiresAtMs = expiresAtMs;
  }

  get bytes(): number {
    return this.message.body.byteLength;
  }

  hasExpired(clock: Clock): boolean {
    // Most have no time to live; reading the clock costs more than the rest of a check.
    return this.expiresAtMs !== Number.POSITIVE_INFINITY && this.expiresAtMs <= clock.now();
  }

  /** Content of its own for one more receiver. */
  copy(maxMessageBytes: number): Parcel {
    return new Parcel(copyMessage(this.message, maxMessageBytes), this.expiresAtMs);
  }
}

/**
 * Takes a message over from its sender. Its time to live runs from now.
 * @throws {RpcError} BadRequest, TooLarge (see `copyMessage`).
 */
export function pack(message: Message, maxMessageBytes: number, clock: Clock): Parcel {
  const copy = copyMessage(message, maxMessageBytes);
  return new Parcel(copy, copy.ttlMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + copy.ttlMs);
}
