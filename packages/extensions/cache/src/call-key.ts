import { wrong } from "@porthos-rpc/protocol";
import type { CachedCall } from "./cached-call.js";

export interface KeySettings {
  /** In lower case. */
  readonly vary: ReadonlySet<string>;
  readonly maxBodyBytes: number;
  readonly scope: ((call: CachedCall) => string) | undefined;
}

/** Each byte is one character, so that two bodies are one text only if they are the same. */
const bytes = /* @__PURE__ */ new TextDecoder("latin1");

/**
 * What two calls have in common that may share an answer; undefined for a call that shares none, since its body is too large or a header
 * that counts is no text, number or boolean.
 */
export function callKey(call: CachedCall, { vary, maxBodyBytes, scope }: KeySettings): string | undefined {
  const { method, request } = call;
  if (request.body.length > maxBodyBytes) return undefined;
  const counting: string[] = [];
  for (const [name, value] of request.headers ?? []) {
    if (!vary.has(name.toLowerCase())) continue;
    if (typeof value === "object") return undefined;
    counting.push(JSON.stringify([name.toLowerCase(), value]));
  }
  const scoped = scope === undefined ? "" : scope(call);
  // Nobody may share with everybody for want of a word.
  if (typeof scoped !== "string") throw wrong("cache", "scope", "a function that returns a text", scoped);
  // JSON holds no line break: what is before the first one is not the body's.
  return `${JSON.stringify([method, request.contentType, scoped, counting.sort()])}\n${bytes.decode(request.body)}`;
}
