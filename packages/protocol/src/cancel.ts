import { type Message, NO_BODY } from "./message.js";

/*
 * Nobody waits for a call any more (docs/wire.md): told to all servers of its service, since a caller cannot know which of
 * them has his request.
 */

const FRAME_HEADERS = new Map([["porthos-frame", "cancel"]]);

/** The topic that every server of the service hears. */
export function cancelTopic(service: string): string {
  return `porthos.cancel.${service}`;
}

/** @param id of the call that is given up */
export function cancelMessage(id: string): Message {
  return {
    body: NO_BODY,
    contentType: undefined,
    correlationId: id,
    replyTo: undefined,
    ttlMs: undefined,
    headers: FRAME_HEADERS,
    durable: false,
  };
}
