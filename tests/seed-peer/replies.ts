import { within } from "../waits.js";
import { nameOf } from "./method.js";
import type { OctetReader } from "./octets.js";

/** A broker that is deleting thousands of messages takes its time. */
const REPLY_MS = 20_000;

/** The broker closed the channel or the connection, and said why. */
export class BrokerRefusal extends Error {
  /** AMQP's: 404 not found, 405 locked, 406 precondition failed … */
  readonly code: number;

  constructor(code: number, text: string) {
    super(`the broker refuses: ${code} ${text}`);
    this.code = code;
  }
}

interface Waiter {
  readonly id: number;
  resolve(args: OctetReader): void;
  reject(error: Error): void;
}

/** What one channel waits for, in order: AMQP answers a channel's questions one after the other. */
export class Replies {
  readonly #waiters: Waiter[] = [];
  #failure: Error | undefined;

  /** The arguments of the method that is expected next. */
  expect(id: number): Promise<OctetReader> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const reply = new Promise<OctetReader>((resolve, reject) => {
      this.#waiters.push({ id, resolve, reject });
    });
    return within(REPLY_MS, nameOf(id), reply);
  }

  arrived(id: number, args: OctetReader): void {
    const waiter = this.#waiters.shift();
    if (waiter?.id === id) waiter.resolve(args);
    else waiter?.reject(new Error(`expected ${nameOf(waiter.id)}, got ${nameOf(id)}`));
  }

  /** Ends every wait, and those to come. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}
