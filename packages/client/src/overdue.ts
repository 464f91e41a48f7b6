import type { Message } from "@porthos-rpc/protocol";
import type { OutgoingCall } from "./outgoing-call.js";
import { lateExecuted, readVerdict } from "./verdict.js";

/**
 * Ends a call whose time was over when its reply came. What its server says is no answer to it: it says how far it had come. Never rejects.
 * @param onLate called if the reply is an answer all the same
 */
export async function endOverdue(call: OutgoingCall, reply: Message, onLate: () => void): Promise<void> {
  let decoded: Message;
  try {
    const decoding = call.user.decode(reply);
    decoded = decoding instanceof Promise ? await call.user.held(call, decoding) : decoding;
  } catch {
    call.settle(call.timeout("answered too late", { executed: "maybe" }));
    onLate();
    return;
  }
  const verdict = readVerdict(decoded);
  if (verdict === undefined) {
    call.settle(call.timeout("answered too late", { executed: lateExecuted(decoded) }));
    onLate();
  } else {
    const { phase, executed, problem } = verdict;
    call.settle(call.timeout(phase, { executed, details: problem }));
  }
}
