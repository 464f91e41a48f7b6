import type { Socket } from "node:net";

/**
 * Makes what is written within one turn of the event loop one write to the socket (one system call, one segment if
 * it fits): the broker is woken once for a hundred messages instead of a hundred times.
 */
export class TurnCork {
  readonly #socket: Socket;
  #corked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** To be called right *after* a frame was handed to amqplib. */
  touch(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    // amqplib's multiplexer sees a channel's frame in the next tick and writes it in a setImmediate that it sets
    // then. Going the same way one step behind it means: uncork right after it has written, in the same turn.
    process.nextTick(this.#afterTick);
  }

  readonly #afterTick = (): void => {
    setImmediate(this.#uncork);
  };

  readonly #uncork = (): void => {
    this.#corked = false;
    this.#socket.uncork();
  };
}
