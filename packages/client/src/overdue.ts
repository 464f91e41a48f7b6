import { MAX_HOLD_MS, type Message, TimeBox } from "@porthos-rpc/protocol";
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
    decoded = decoding instanceof Promise ? await inTime(call, decoding) : decoding;
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

/** @throws what the work rejects with, and when it takes too long: nothing else bounds it, where the call is a stream. */
async function inTime({ router: { clock, wheel } }: OutgoingCall, work: Promise<Message>): Promise<Message> {
  const decoded = await new TimeBox(wheel, clock.now() + MAX_HOLD_MS, work, undefined).result;
  if (decoded === undefined) throw new Error("an extension held the reply for too long");
  return decoded;
}
