import { type Message, type RpcError, statusOf } from "@porthos-rpc/protocol";
import { Failure, type OutgoingCall, type Settled } from "./outgoing-call.js";
import { Response } from "./response.js";
import { readVerdict } from "./verdict.js";

/**
 * What the caller gets of a call that has ended: a response, or a thrown error.
 * To be called where the caller awaits, so that the error's stack names him.
 */
export function readSettled(call: OutgoingCall, settled: Settled, maxBodyBytes: number): Response {
  if (settled instanceof Failure) throw settled.toError();
  return readReply(call, settled, maxBodyBytes);
}

function readReply(call: OutgoingCall, reply: Message, maxBodyBytes: number): Response {
  if (reply.body.length > maxBodyBytes) {
    const what = `the reply has ${reply.body.length} bytes; maxBodyBytes is ${maxBodyBytes}`;
    throw call.failure("BadReply", what).toError();
  }
  let statusCode: number;
  try {
    statusCode = statusOf(reply);
  } catch (error) {
    throw call.failure("BadReply", (error as RpcError).message).toError();
  }
  const verdict = readVerdict(reply);
  if (verdict !== undefined) {
    const { phase, executed, problem } = verdict;
    throw call.timeout(phase, { executed, details: problem }).toError();
  }
  return new Response({
    statusCode,
    contentType: reply.contentType,
    headers: reply.headers,
    body: reply.body,
  });
}
