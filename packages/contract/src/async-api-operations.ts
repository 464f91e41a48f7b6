import { errorKey, itemsKey, PROBLEM_KEY, REPLY_TO, replyKey } from "./async-api-keys.js";
import type { AnyMethod } from "./contract.js";
import type { Declaration } from "./declaration.js";
import { pointer } from "./embed.js";
import type { JsonObject } from "./json-object.js";
import { directionOf } from "./stream-direction.js";

/** What the service does: an operation a method, and one more for what it takes in as a stream. */
export function operationsOf(methods: ReadonlyMap<string, AnyMethod>): { readonly [id: string]: JsonObject } {
  const operations = Array.from(methods, ([name, method]) => {
    const call = [name, callOf(name, method)] as const;
    return method.upload === undefined ? [call] : [call, [uploadId(name, methods), uploadOf(name)] as const];
  });
  return Object.fromEntries(operations.flat());
}

function callOf(name: string, method: AnyMethod): JsonObject {
  const { kind, description, idempotent } = method;
  return {
    action: "receive",
    channel: channel("requests"),
    messages: [message("requests", name)],
    ...(description === undefined ? {} : { description }),
    ...(idempotent ? { "x-porthos-idempotent": true } : {}),
    ...(kind === "stream" ? { "x-porthos-stream": directionOf(method) } : {}),
    ...(kind === "notification" ? {} : { reply: replyOf(name, method) }),
  };
}

function replyOf(name: string, method: AnyMethod): JsonObject {
  const { errors }: Declaration = method;
  const items = method.kind === "stream" && method.output !== undefined ? [itemsKey(name)] : [];
  const failures = Object.keys(errors).map((reason) => errorKey(name, reason));
  return {
    address: { location: REPLY_TO, description: "The inbox that the request names." },
    channel: channel("replies"),
    messages: [...items, replyKey(name), ...failures, PROBLEM_KEY].map((key) => message("replies", key)),
  };
}

function uploadOf(name: string): JsonObject {
  return {
    action: "receive",
    channel: channel("uploads"),
    messages: [message("uploads", name)],
    description: `The items that the caller of ${name} sends.`,
  };
}

/** A method may have that name. */
function uploadId(name: string, methods: ReadonlyMap<string, AnyMethod>): string {
  let id = `${name}.upload`;
  while (methods.has(id)) id += "_";
  return id;
}

function channel(id: string): JsonObject {
  return { $ref: pointer("channels", id) };
}

function message(channelId: string, key: string): JsonObject {
  return { $ref: pointer("channels", channelId, "messages", key) };
}
