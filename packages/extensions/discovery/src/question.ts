import { decodeText, encodeText, type Message, NO_HEADERS } from "@porthos-rpc/protocol";
import type { AnswerKind } from "./answers.js";

export const KINDS: readonly AnswerKind[] = ["ping", "info", "stats", "spec"];

/** Which every server hears. */
export const ALL_TOPIC = "porthos.discovery.all";

/** Which the servers of a service hear. */
export function serviceTopic(service: string): string {
  return `porthos.discovery.service.${service}`;
}

/** Which one server hears. */
export function instanceTopic(instance: string): string {
  return `porthos.discovery.instance.${instance}`;
}

/** A question is short: what is longer is none. */
const MAX_QUESTION_BYTES = 4_096;

/** @param ttlMs nobody waits longer for an answer */
export function questionMessage(
  kind: AnswerKind,
  to: { readonly correlationId: string; readonly replyTo: string; readonly ttlMs: number },
): Message {
  return {
    body: encodeText(JSON.stringify({ kind })),
    contentType: "application/json",
    ...to,
    headers: NO_HEADERS,
    durable: false,
  };
}

/** What a message asks; undefined for one that asks nothing that is known here. Fields that are not known are for later versions. */
export function questionOf({ body, replyTo }: Message): AnswerKind | undefined {
  if (replyTo === undefined || body.length > MAX_QUESTION_BYTES) return undefined;
  try {
    const { kind } = JSON.parse(decodeText(body)) as { readonly kind?: unknown };
    return KINDS.find((one) => one === kind);
  } catch {
    return undefined;
  }
}
