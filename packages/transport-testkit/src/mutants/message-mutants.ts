import { type HeaderValue, type Message, NO_HEADERS } from "@porthos-rpc/protocol";
import type { Mutant } from "./mutant.js";

function mapHeaders(
  message: Message,
  change: (name: string, value: HeaderValue) => [string, HeaderValue],
): Message {
  return { ...message, headers: new Map([...message.headers].map(([name, value]) => change(name, value))) };
}

/** Transports that change what they carry. */
export const messageMutants: readonly Mutant[] = [
  {
    name: "swaps-ids",
    breaks: "gives a message the correlation id of the one before it",
    caughtBy: ["many/round-trips"],
    bend: () => {
      let last: string | undefined;
      return {
        incoming: (message) => {
          const correlationId = last ?? message.correlationId;
          last = message.correlationId;
          return { ...message, correlationId };
        },
      };
    },
  },
  {
    name: "cuts-ids",
    breaks: "cuts a correlation id after 128 characters",
    caughtBy: ["properties/id-255"],
    bend: () => ({
      outgoing: (message) => ({ ...message, correlationId: message.correlationId?.slice(0, 128) }),
    }),
  },
  {
    name: "forgets-headers",
    breaks: "carries no headers",
    caughtBy: ["headers/text", "headers/on-replies"],
    bend: () => ({ outgoing: (message) => ({ ...message, headers: NO_HEADERS }) }),
  },
  {
    name: "numbers-as-text",
    breaks: "carries numbers in headers as texts",
    caughtBy: ["headers/status", "headers/zero"],
    bend: () => ({
      outgoing: (message) =>
        mapHeaders(message, (name, value) => [name, typeof value === "number" ? String(value) : value]),
    }),
  },
  {
    name: "int32-only",
    breaks: "carries integers in 32 bits",
    caughtBy: ["headers/int64-above", "headers/safe-max"],
    bend: () => ({
      outgoing: (message) =>
        mapHeaders(message, (name, value) => [name, Number.isInteger(value) ? Number(value) | 0 : value]),
    }),
  },
  {
    name: "folds-names",
    breaks: "turns header names to lower case",
    caughtBy: ["headers/case-sensitive", "headers/name-method"],
    bend: () => ({
      outgoing: (message) => mapHeaders(message, (name, value) => [name.toLowerCase(), value]),
    }),
  },
  {
    name: "headers-in-an-object",
    breaks: "keeps headers in a plain object, where __proto__ is no name",
    caughtBy: ["headers/name-proto"],
    bend: () => ({
      incoming: (message) => {
        const headers: Record<string, HeaderValue> = {};
        for (const [name, value] of message.headers) headers[name] = value;
        return { ...message, headers: new Map(Object.entries(headers)) };
      },
    }),
  },
  {
    name: "forgets-types",
    breaks: "forgets the content type",
    caughtBy: ["properties/type-json", "properties/on-replies"],
    bend: () => ({ outgoing: (message) => ({ ...message, contentType: undefined }) }),
  },
  {
    name: "trims-types",
    breaks: "keeps only the first part of a content type, in lower case",
    caughtBy: ["properties/type-parameters"],
    bend: () => ({
      outgoing: (message) => ({
        ...message,
        contentType: message.contentType?.split(";")[0]?.toLowerCase(),
      }),
    }),
  },
  {
    name: "ignores-ttl",
    breaks: "sends without the time to live",
    caughtBy: ["expiry/at-the-head", "expiry/behind-others", "expiry/held-back-by-credit"],
    bend: () => ({ outgoing: (message) => ({ ...message, ttlMs: undefined }) }),
  },
  {
    name: "ttl-too-short",
    breaks: "takes a time to live for a thousandth of what it is",
    caughtBy: ["expiry/in-time"],
    bend: () => ({
      outgoing: (message) => ({ ...message, ttlMs: message.ttlMs && Math.ceil(message.ttlMs / 10_000) }),
    }),
  },
];
