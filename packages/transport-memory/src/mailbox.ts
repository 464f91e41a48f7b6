import type { Message } from "@porthos-rpc/protocol";
import { Backlog } from "./backlog.js";
import type { Engine } from "./engine.js";
import type { Parcel } from "./parcel.js";
import type { Task } from "./turns.js";

/** Messages that one mailbox hands over in one turn; the others, and the timers, want their time too. */
const MAX_MESSAGES_A_TURN = 1_000;

/** Whom a mailbox is for. */
export interface MailboxReceiver {
  /** Must not throw. */
  onMessage(message: Message): void;
  /** It was closed: called once. */
  onClose(mailbox: Mailbox): void;
}

/**
 * Where messages for one receiver wait for a later turn: those of an inbox, or of a subscriber to a topic. Nothing is
 * delivered twice, so the receiver gets the broker's own copy. Bounded as a queue is.
 */
export class Mailbox implements Task {
  readonly #engine: Engine;
  readonly #backlog: Backlog;
  readonly #receiver: MailboxReceiver;
  #waitsForTurn = false;
  #closed = false;

  constructor(engine: Engine, receiver: MailboxReceiver) {
    this.#engine = engine;
    this.#backlog = new Backlog(engine.settings.clock, engine.settings);
    this.#receiver = receiver;
  }

  /** False if it is full. */
  put(parcel: Parcel): boolean {
    if (!this.#backlog.push(parcel)) return false;
    const { line } = this.#engine;
    if (line === undefined) this.#wake();
    else line.post(this.#handOverNext);
    return true;
  }

  /** Hands over nothing any more; what waits is gone. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#receiver.onClose(this);
  }

  runTurn(): void {
    const most = Math.min(this.#backlog.size, MAX_MESSAGES_A_TURN);
    for (let left = most; left > 0 && this.#handOverNext(); left--);
    this.#waitsForTurn = false;
    this.#wake();
  }

  readonly #handOverNext = (): boolean => {
    const parcel = this.#closed ? undefined : this.#backlog.shift();
    if (parcel === undefined) return false;
    this.#receiver.onMessage(parcel.message);
    return true;
  };

  #wake(): void {
    if (this.#waitsForTurn || this.#closed || this.#backlog.size === 0) return;
    this.#waitsForTurn = true;
    this.#engine.turns.add(this);
  }
}
