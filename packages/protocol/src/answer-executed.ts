import { type Executed, RpcError } from "./errors.js";
import { jsonCodec } from "./json-codec.js";
import { PROBLEM_CONTENT_TYPE } from "./problem.js";
import { isOk } from "./status.js";
import type { ResponseEnvelope } from "./wire.js";

const SAID: readonly unknown[] = ["no", "maybe", "yes"] satisfies readonly Executed[];

/**
 * What an answer says of whether the call ran, for whoever may make it again: `yes` for 200-299, and where nothing is said, since a handler
 * answered then; else what its problem (RFC 9457) says. `no` of a request that was sent more than once is `maybe`: it speaks of one run.
 */
export function answerExecuted(response: ResponseEnvelope & { readonly wasSentBefore?: boolean }): Executed {
  const { statusCode, contentType, body, wasSentBefore } = response;
  if (isOk(statusCode) || contentType !== PROBLEM_CONTENT_TYPE) return "yes";
  const executed = saidIn(body);
  return executed === "no" && wasSentBefore === true ? "maybe" : executed;
}

function saidIn(body: Uint8Array): Executed {
  try {
    const { executed } = (jsonCodec.decode(body) ?? {}) as { readonly executed?: unknown };
    return SAID.includes(executed) ? (executed as Executed) : "yes";
  } catch (error) {
    if (error instanceof RpcError) return "yes";
    throw error;
  }
}
