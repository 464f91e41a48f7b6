import {
  type Clock,
  inOneLine,
  type Message,
  RpcError,
  type SendListener,
  type SendOutcome,
} from "@porthos-rpc/protocol";
import { SequenceWindow } from "./sequence-window.js";

/** A send whose outcome is not known yet. */
export interface Send {
  readonly address: string;
  readonly message: Message;
  readonly listener: SendListener | undefined;
  /** A direct reply (see reply-address.ts). */
  readonly direct: boolean;
  readonly sentAtMs: number;
  /** The broker returned it: no queue. */
  returned: boolean;
  /** The outcome has been told: nobody waits for the confirm any more, but the broker still owes it. */
  told: boolean;
}

/**
 * The sends that the broker has not confirmed, in the order they were written. What takes longer than the confirm
 * timeout is told to be `unknown`; it goes on to count towards the bounds, since it may still lie in our memory,
 * unread by a broker that is blocked.
 *
 * All timeouts are equal, so the oldest send is always the first one due, and one timer serves them all: it is set
 * when it is not running, not for each send.
 */
export class Unconfirmed {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #tell: (send: Send, outcome: SendOutcome) => void;
  #window = new SequenceWindow<Send>(1);
  /** Up to here (exclusive) all have been told or confirmed. */
  #nextToExpire = 1;
  #bytes = 0;
  #stopTimer: (() => void) | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(clock: Clock, timeoutMs: number, tell: (send: Send, outcome: SendOutcome) => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#tell = tell;
  }

  get size(): number {
    return this.#window.size;
  }

  /** What they take, in bytes of their bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  get next(): number {
    return this.#window.next;
  }

  add(send: Send): void {
    this.#window.push(send);
    this.#bytes += send.message.body.length;
    if (this.#stopTimer === undefined) this.#setTimer(this.#timeoutMs);
  }

  get(number: number): Send | undefined {
    return this.#window.get(number);
  }

  /** Takes out what the broker's word is about; the caller tells its outcome, unless that was told. */
  confirm(last: number, multiple: boolean, settle: (send: Send) => void): void {
    const first = multiple ? this.#window.first : last;
    // A broker may name any number, and a look at each of 2^53 would never end.
    const end = Math.min(last, this.#window.next - 1);
    for (let number = first; number <= end; number++) {
      const send = this.#window.take(number);
      if (send === undefined) continue;
      this.#bytes -= send.message.body.length;
      if (!send.told) settle(send);
    }
    if (this.#window.size === 0) this.#emptied();
  }

  /** Takes out everything, in order. */
  drop(settle: (send: Send) => void): void {
    const last = this.#window.next - 1;
    this.confirm(last, true, settle);
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  /** Resolves when nothing is unconfirmed. */
  empty(): Promise<void> {
    if (this.#window.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onEmpty;
      this.#onEmpty = () => {
        before?.();
        resolve();
      };
    });
  }

  #emptied(): void {
    const onEmpty = this.#onEmpty;
    this.#onEmpty = undefined;
    onEmpty?.();
  }

  #setTimer(delayMs: number): void {
    this.#stopTimer = this.#clock.after(delayMs, () => {
      this.#stopTimer = undefined;
      this.#expire();
    });
  }

  #expire(): void {
    const now = this.#clock.now();
    let number = Math.max(this.#nextToExpire, this.#window.first);
    for (; number < this.#window.next; number++) {
      const send = this.#window.get(number);
      if (send === undefined || send.told) continue;
      const leftMs = send.sentAtMs + this.#timeoutMs - now;
      if (leftMs > 0) {
        this.#setTimer(leftMs);
        break;
      }
      send.told = true;
      const message = `the broker did not confirm a message for "${inOneLine(send.address, 255)}" within ${this.#timeoutMs} ms`;
      this.#tell(send, { kind: "unknown", error: new RpcError("Unavailable", message) });
    }
    this.#nextToExpire = number;
  }
}
