import {
  Codecs,
  type Executed,
  inOneLine,
  type ResponseEnvelope,
  RpcError,
  Status,
} from "@porthos-rpc/protocol";

/** Statuses by which a service says that the same call may succeed later. */
const PASSING: ReadonlySet<number> = new Set([Status.TooManyRequests, Status.Unavailable, Status.Timeout]);

/** Longer words of a stranger's are cut off in messages; `details` has them whole. */
const MAX_WORDS = 300;

const EXECUTED: readonly unknown[] = ["no", "maybe", "yes"] satisfies readonly Executed[];

const codecs = new Codecs();

/** What an answer with a status outside of 200-299 says: its body, decoded where its type is known and it is what it claims. */
export function detailsOf({ contentType, body }: ResponseEnvelope): unknown {
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

/** The error that such an answer is to a caller who asked for a value. @param details from `detailsOf` */
export function remoteError(
  call: { readonly service: string; readonly method: string },
  { statusCode }: ResponseEnvelope,
  details: unknown,
): RpcError {
  const { title, detail } = partsOf(details);
  const words = [title, detail].filter((word) => typeof word === "string").join(": ");
  const line = inOneLine(words, MAX_WORDS);
  const said = line === "" ? "" : ` ${line}`;
  return new RpcError("Remote", `${call.service}.${call.method}: answered ${statusCode}${said}`, {
    status: statusCode,
    executed: executedOf(details),
    retryable: PASSING.has(statusCode),
    details,
  });
}

function partsOf(details: unknown): {
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly executed?: unknown;
} {
  return typeof details === "object" && details !== null ? details : {};
}
