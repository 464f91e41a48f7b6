import {
  type Codecs,
  executedOf,
  inOneLine,
  isPassing,
  OVERLOADED_PROBLEM,
  PROBLEM_CONTENT_TYPE,
  type ResponseEnvelope,
  RpcError,
  type RpcErrorCode,
  retryAfterMsOf,
  UNAVAILABLE_PROBLEM,
} from "@porthos-rpc/protocol";

/** Longer words of a stranger's are cut off in messages; `details` has them whole. */
const MAX_WORDS = 300;

/** What an answer with a status outside of 200-299 says: its body, decoded where its type is known and it is what it claims. */
export function detailsOf({ contentType, body }: ResponseEnvelope, codecs: Codecs): unknown {
  if (body.length === 0) return undefined;
  try {
    const codec = codecs.find(contentType);
    return codec === undefined ? body : codec.decode(body);
  } catch {
    return body;
  }
}

/** What a server of ours says by itself of calls that may succeed later. */
const CODES: ReadonlyMap<unknown, RpcErrorCode> = new Map([
  [OVERLOADED_PROBLEM, "Overloaded"],
  [UNAVAILABLE_PROBLEM, "Unavailable"],
]);

/**
 * The error that such an answer is to a caller who asked for a value: `Overloaded` or `Unavailable` where the service itself says so, else
 * `Remote`. @param details from `detailsOf`
 */
export function remoteError(
  call: { readonly service: string; readonly method: string },
  {
    statusCode,
    contentType,
    headers,
    wasSentBefore,
  }: ResponseEnvelope & { readonly wasSentBefore?: boolean },
  details: unknown,
): RpcError {
  const { title, detail, type } = partsOf(details);
  const code = contentType === PROBLEM_CONTENT_TYPE ? CODES.get(type) : undefined;
  const words = [title, detail].filter((word) => typeof word === "string").join(": ");
  const line = inOneLine(words, MAX_WORDS);
  const said = line === "" ? "" : ` ${line}`;
  const executed = executedOf(details);
  return new RpcError(code ?? "Remote", `${call.service}.${call.method}: answered ${statusCode}${said}`, {
    status: statusCode,
    executed: executed === "no" && wasSentBefore === true ? "maybe" : executed,
    retryable: isPassing(statusCode),
    details: withRetryAfter(details, retryAfterMsOf(headers)),
  });
}

/** What the header says beside the rest. */
function withRetryAfter(details: unknown, retryAfterMs: number | undefined): unknown {
  const isPlain = typeof details === "object" && details !== null && !Array.isArray(details);
  if (retryAfterMs === undefined || !isPlain || details instanceof Uint8Array) return details;
  return { ...details, retryAfterMs };
}

function partsOf(details: unknown): {
  readonly title?: unknown;
  readonly type?: unknown;
  readonly detail?: unknown;
} {
  return typeof details === "object" && details !== null ? details : {};
}
