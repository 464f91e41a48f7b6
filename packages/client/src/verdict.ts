import {
  type Executed,
  jsonCodec,
  type Message,
  PROBLEM_CONTENT_TYPE,
  Status,
  statusOf,
} from "@porthos-rpc/protocol";

/** What a server says of a call whose time was over. */
export interface Verdict {
  readonly phase: "expired in the queue" | "running at the server";
  readonly executed: Executed;
  /** The whole of what it says. */
  readonly problem: unknown;
}

/** A problem of a server's own is a few hundred bytes. */
const MAX_BYTES = 4_096;

/** Reads a server's word on a call that is overdue; undefined for any other reply. */
export function readVerdict(reply: Message): Verdict | undefined {
  if (reply.contentType !== PROBLEM_CONTENT_TYPE || reply.body.length > MAX_BYTES) return undefined;
  try {
    if (statusOf(reply) !== Status.Timeout) return undefined;
    const problem = jsonCodec.decode(reply.body) as { readonly executed?: unknown } | null;
    // It ran, but not to its end, so that nobody can say what it has done.
    return problem?.executed === "no"
      ? { phase: "expired in the queue", executed: "no", problem }
      : { phase: "running at the server", executed: "maybe", problem };
  } catch {
    return undefined;
  }
}
