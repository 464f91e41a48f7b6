import {
  type Codecs,
  type Executed,
  type HeaderValue,
  inOneLine,
  OVERLOADED_PROBLEM,
  PROBLEM_CONTENT_TYPE,
  RETRY_AFTER_HEADER,
  type ResponseEnvelope,
  RpcError,
  type RpcErrorCode,
  Status,
  UNAVAILABLE_PROBLEM,
} from "@porthos-rpc/protocol";

/** Statuses by which a service says that the same call may succeed later. */
const PASSING: ReadonlySet<number> = new Set([Status.TooManyRequests, Status.Unavailable, Status.Timeout]);

/** Longer words of a stranger's are cut off in messages; `details` has them whole. */
const MAX_WORDS = 300;

const EXECUTED: readonly unknown[] = ["no", "maybe", "yes"] satisfies readonly Executed[];

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

/**
 * Whether the call ran, as its answer says. A handler of a peer that says nothing of it has answered, and so it ran.
 * @param details what the answer holds
 */
export function executedOf(details: unknown): Executed {
  const { executed } = partsOf(details);
  return EXECUTED.includes(executed) ? (executed as Executed) : "yes";
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
    retryable: PASSING.has(statusCode),
    details: withRetryAfter(details, headers?.get(RETRY_AFTER_HEADER)),
  });
}

/** What the header says beside the rest, in milliseconds: whole seconds, as a number or in digits. */
function withRetryAfter(details: unknown, header: HeaderValue | undefined): unknown {
  const seconds = typeof header === "string" && /^\d{1,9}$/.test(header) ? Number(header) : header;
  const isPlain = typeof details === "object" && details !== null && !Array.isArray(details);
  if (typeof seconds !== "number" || !(seconds >= 0) || !isPlain || details instanceof Uint8Array)
    return details;
  return { ...details, retryAfterMs: seconds * 1_000 };
}

function partsOf(details: unknown): {
  readonly title?: unknown;
  readonly type?: unknown;
  readonly detail?: unknown;
  readonly executed?: unknown;
} {
  return typeof details === "object" && details !== null ? details : {};
}
