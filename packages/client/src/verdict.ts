import {
  type Executed,
  executedOf,
  HANDLER_STUCK,
  type Message,
  PROBLEM_CONTENT_TYPE,
  problemOf,
  Status,
  statusOf,
  TIMEOUT_PROBLEM,
} from "@porthos-rpc/protocol";

/** What a server says of a call whose time was over. */
export interface Verdict {
  readonly phase: "expired in the queue" | "running at the server";
  readonly executed: Executed;
  /** Whether it took longer than the service allows, so that the caller's own time is not over. */
  readonly isStuck: boolean;
  /** The whole of what it says. */
  readonly problem: unknown;
}

/**
 * Reads a server's word on a call whose time is over; undefined for any other reply. By its clock the time may be over a little
 * earlier than by the caller's.
 */
export function readVerdict(reply: Message): Verdict | undefined {
  // Most problems are others, which whoever gets them decodes himself.
  if (reply.contentType !== PROBLEM_CONTENT_TYPE || !isTimeout(reply)) return undefined;
  const problem = problemOf(reply);
  const { type, title } = (problem ?? {}) as { readonly type?: unknown; readonly title?: unknown };
  if (type !== TIMEOUT_PROBLEM) return undefined;
  const executed = executedOf(problem);
  // It ran, but not to its end, so that nobody can say what it has done.
  const isStuck = title === HANDLER_STUCK;
  if (executed === "yes") return { phase: "running at the server", executed: "maybe", isStuck, problem };
  return { phase: isStuck ? "running at the server" : "expired in the queue", executed, isStuck, problem };
}

/** Whether a call ran whose reply came too late to be one. */
export function lateExecuted(reply: Message): Executed {
  return executedOf(problemOf(reply));
}

function isTimeout(reply: Message): boolean {
  try {
    return statusOf(reply) === Status.Timeout;
  } catch {
    return false;
  }
}
