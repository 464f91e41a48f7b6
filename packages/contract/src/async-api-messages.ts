import { type Body, contentOf, headersOf, itemsContentOf } from "./async-api-body.js";
import { CORRELATION_ID, errorKey, itemsKey, PROBLEM_KEY, replyKey } from "./async-api-keys.js";
import { errorMessage, problemMessage, replyMessage } from "./async-api-replies.js";
import { type AnyContract, type AnyMethod, methodsOf } from "./contract.js";
import type { Declaration } from "./declaration.js";
import type { JsonObject } from "./json-object.js";
import type { JsonSchemaOptions } from "./json-schema.js";
import type { Schema } from "./schema.js";

/** The messages of each channel, by their key. */
export interface Messages {
  readonly requests: JsonObject;
  readonly replies: JsonObject;
  readonly uploads: JsonObject;
}

/** Everything that travels in the calls of a contract. */
export function messagesOf(contract: AnyContract, options: JsonSchemaOptions): Messages {
  const methods = [...methodsOf(contract).values()];
  const answered = methods.filter(({ kind }) => kind !== "notification");
  return {
    requests: Object.fromEntries(methods.map((method) => [method.name, requestMessage(method, options)])),
    replies: Object.fromEntries([
      ...answered.flatMap((method) => replies(method, options)),
      [PROBLEM_KEY, problemMessage()],
    ]),
    uploads: Object.fromEntries(methods.flatMap((method) => uploads(method, options))),
  };
}

type Entry = readonly [key: string, message: JsonObject];

function requestMessage(method: AnyMethod, options: JsonSchemaOptions): JsonObject {
  const { name, kind, description, input } = method;
  const path = ["channels", "requests", "messages", name];
  const content = contentOf({ schema: input, side: "input", path, options });
  const named = { name, ...(description === undefined ? {} : { description }) };
  const xMethod = { type: "string", const: name };
  if (kind === "notification") return { ...named, headers: headersOf({ "X-Method": xMethod }), ...content };
  const headers = headersOf({
    "X-Method": xMethod,
    correlationId: { type: "string", description: "The property correlation_id." },
    replyTo: { type: "string", description: "The property reply_to." },
  });
  return { ...named, correlationId: CORRELATION_ID, headers, ...content };
}

function replies(method: AnyMethod, options: JsonSchemaOptions): readonly Entry[] {
  const { name, kind, output, result } = method;
  const { errors }: Declaration = method;
  const at = (key: string, schema: Schema | undefined): Body => ({
    schema,
    side: "output",
    path: ["channels", "replies", "messages", key],
    options,
  });
  const answer: Entry = [
    replyKey(name),
    replyMessage(at(replyKey(name), kind === "stream" ? result : output)),
  ];
  const items: readonly Entry[] =
    kind === "stream" && output !== undefined
      ? [[itemsKey(name), itemsMessage(at(itemsKey(name), output))]]
      : [];
  const failures = Object.entries(errors).map(([reason, declaration]): Entry => {
    const key = errorKey(name, reason);
    return [key, errorMessage(reason, declaration, at(key, declaration.data))];
  });
  return [answer, ...items, ...failures];
}

function uploads({ name, upload }: AnyMethod, options: JsonSchemaOptions): readonly Entry[] {
  if (upload === undefined) return [];
  const path = ["channels", "uploads", "messages", name];
  return [[name, itemsMessage({ schema: upload, side: "input", path, options })]];
}

function itemsMessage(body: Body): JsonObject {
  const headers = headersOf({ "porthos-frame": { type: "string", const: "items" } });
  return { correlationId: CORRELATION_ID, headers, ...itemsContentOf(body) };
}
