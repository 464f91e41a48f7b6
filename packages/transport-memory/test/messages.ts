import { type Message, NO_HEADERS } from "@porthos-rpc/protocol";

/** A message with that text as its body; all else as little as can be. */
export function message(text: string, rest: Partial<Message> = {}): Message {
  return {
    body: new TextEncoder().encode(text),
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
    ...rest,
  };
}

export function textOf(message: Message): string {
  return new TextDecoder().decode(message.body);
}
