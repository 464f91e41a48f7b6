import type { Message } from "./message.js";
import type { SendOutcome, Transport } from "./transport.js";

/** Sends to a queue and waits for the outcome. For those who send seldom: a promise and a listener for each message. */
export function sendOutcome(transport: Transport, queue: string, message: Message): Promise<SendOutcome> {
  return new Promise((resolve) => transport.send(queue, message, { onOutcome: resolve }));
}
