import {
  encodeText,
  type HeaderValue,
  isCallId,
  type ReadonlyHeaders,
  Refusal,
  type RequestEnvelope,
  type ServerCall,
} from "@porthos-rpc/protocol";

/** The request header by which a caller says that two requests are the same one. */
const KEY_HEADER = "Idempotency-Key";

const KEY_HEADER_LOWER = KEY_HEADER.toLowerCase();
const MAX_KEY_LENGTH = 255;

/** By what a request is known to be the same one as before. */
export interface RequestKey {
  /** In the store: no two services, methods, scopes, or kinds of key share one. */
  readonly key: string;
  /** Whether its caller chose it, so that he may use it for two different requests. */
  readonly isChosen: boolean;
}

/**
 * The key of a request: its caller's own, else its id if nobody else can have it; undefined if it has neither.
 * @param scope what keeps the keys of different callers apart
 * @throws {Refusal} 400 for a key that is none.
 */
export function requestKey(call: ServerCall, scope: string): RequestKey | undefined {
  const { service, method, id, request } = call;
  const chosen = headerOf(request.headers);
  // JSON, since any of them may hold whatever could stand between them.
  if (chosen !== undefined)
    return { key: JSON.stringify([service, method, scope, "key", checked(chosen)]), isChosen: true };
  if (!isCallId(id)) return undefined;
  return { key: JSON.stringify([service, method, scope, "id", id]), isChosen: false };
}

/** In whatever case it is written: gateways change it, and a key that is overlooked protects nobody. */
function headerOf(headers: ReadonlyHeaders | undefined): HeaderValue | undefined {
  if (headers === undefined) return undefined;
  for (const [name, value] of headers) {
    if (name.length === KEY_HEADER.length && name.toLowerCase() === KEY_HEADER_LOWER) return value;
  }
  return undefined;
}

function checked(value: HeaderValue): string {
  if (typeof value === "string" && value !== "" && value.length <= MAX_KEY_LENGTH) return value;
  throw new Refusal(400, `the header ${KEY_HEADER} must be a text of 1 to ${MAX_KEY_LENGTH} characters`);
}

/** What tells two requests with the same key apart: SHA-256 of content type and body, in hex. */
export async function fingerprintOf({ contentType = "", body }: RequestEnvelope): Promise<string> {
  const type = encodeText(contentType);
  const bytes = new Uint8Array(type.length + 1 + body.length);
  bytes.set(type);
  bytes.set(body, type.length + 1);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
