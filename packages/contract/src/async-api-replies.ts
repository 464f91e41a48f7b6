import { type JsonSchema, PROBLEM_CONTENT_TYPE } from "@porthos-rpc/protocol";
import { type Body, contentOf, headersOf, payloadOf } from "./async-api-body.js";
import { CORRELATION_ID, PROBLEM_KEY } from "./async-api-keys.js";
import type { ErrorDeclaration } from "./declared-errors.js";
import type { JsonObject } from "./json-object.js";
import { problemType } from "./problem.js";

/** The reply to a call that succeeded. */
export function replyMessage(body: Body): JsonObject {
  const status = { type: "integer", minimum: 200, maximum: 299 };
  return { correlationId: CORRELATION_ID, headers: replyHeaders(status), ...contentOf(body) };
}

/** The reply to a call that ended with an error of the contract. @param body with the schema of its data */
export function errorMessage(
  reason: string,
  { status, description, data }: ErrorDeclaration,
  body: Body,
): JsonObject {
  const type = { type: "string", const: problemType(reason) };
  const properties =
    data === undefined ? { type } : { type, data: payloadOf(body, "payload", "properties", "data") };
  return {
    name: reason,
    ...(description === undefined ? {} : { description }),
    ...problem({ type: "integer", const: status }, properties, Object.keys(properties)),
  };
}

/** The reply to a call that failed in a way that its contract does not name. */
export function problemMessage(): JsonObject {
  const type = { not: { type: "string", pattern: `^${problemType("")}` } };
  return { name: PROBLEM_KEY, ...problem({ type: "integer", minimum: 300, maximum: 599 }, { type }, []) };
}

/** docs/wire.md, "Response: service to client". */
function problem(status: JsonSchema, properties: object, required: readonly string[]): JsonObject {
  return {
    contentType: PROBLEM_CONTENT_TYPE,
    correlationId: CORRELATION_ID,
    headers: replyHeaders(status),
    payload: {
      type: "object",
      properties: {
        status,
        title: { type: "string" },
        detail: { type: "string" },
        executed: { type: "string", enum: ["no", "maybe", "yes"] },
        ...properties,
      },
      required: ["status", "title", "executed", ...required],
    },
  };
}

function replyHeaders(statusCode: JsonSchema): JsonObject {
  return headersOf({
    statusCode,
    correlationId: { type: "string", description: "The property correlation_id: the request's." },
  });
}
