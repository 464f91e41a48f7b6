import type { Book } from "../book.js";
import { endOf } from "../circumstances.js";
import { all, type History } from "../history.js";
import type { Law, Violation } from "../law.js";

/** What a process has to end by itself in, once it has closed everything. */
const EXIT_MS = 5_000;
/** A server's grace is for its handlers; then its connections close. */
const CLOSING_MS = 12_000;

/** L7: at the end the queues are empty, nothing is pending, and each process ends by itself in time. */
export const nothingLeft: Law = function* (history) {
  const { conductor, books, run } = history;
  const [left] = all(conductor, "left");
  if (left === undefined) {
    yield violation("the run did not come to its end");
    return;
  }
  if (left.messages > 0) yield violation(`${left.messages} messages are left in the service's queue`);
  if (left.queues.length > 0) yield violation(`queues are left: ${left.queues.join(", ")}`);
  for (const book of books) if (book.process.role !== "conductor") yield* judge(book, history, run.graceMs);
};

function* judge(book: Book, history: History, graceMs: number): Generator<Violation> {
  const { role, index, life } = book.process;
  const name = `${role} ${index} (life ${life})`;
  const [closed] = all(book, "closed");
  if (closed !== undefined && closed.pending > 0)
    yield violation(`${name} had ${closed.pending} calls pending when it had closed`);
  const end = endOf(book, history);
  const signals = all(history.conductor, "signalled").filter(
    (entry) => entry.role === role && entry.index === index && entry.life === life,
  );
  const asked = signals.find(({ signal }) => signal === "SIGTERM" || signal === "close");
  const killed = signals.find(({ signal }) => signal === "SIGKILL");
  if (asked === undefined) return;
  if (closed === undefined || killed !== undefined || end === undefined) {
    yield violation(`${name} did not end when it was asked to`);
    return;
  }
  const handlesMs = end.at - closed.at;
  if (handlesMs > EXIT_MS)
    yield violation(`${name} lived on for ${Math.round(handlesMs)} ms: ${closed.resources.join(", ")}`);
  if (role === "server" && end.at - asked.at > graceMs + CLOSING_MS)
    yield violation(`${name} took ${Math.round(end.at - asked.at)} ms to end`);
}

function violation(text: string): Violation {
  return { law: "L7", text };
}
