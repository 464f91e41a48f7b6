import { type Codecs, headersFault, type Message, type RpcError, statusOf } from "@porthos-rpc/protocol";
import { Failure, type OutgoingCall, type Settled } from "./outgoing-call.js";
import { Response } from "./response.js";
import { readVerdict } from "./verdict.js";

/** What a client takes of a reply. */
export interface ReplyLimits {
  readonly maxBodyBytes: number;
  readonly codecs: Codecs;
}

/**
 * What the caller gets of a call that has ended: a response, or a thrown error.
 * To be called where the caller awaits, so that the error's stack names him.
 */
export function readSettled(call: OutgoingCall, settled: Settled, limits: ReplyLimits): Response {
  if (settled instanceof Failure) throw settled.toError();
  return readReply(call, settled, limits);
}

function readReply(call: OutgoingCall, reply: Message, { maxBodyBytes, codecs }: ReplyLimits): Response {
  if (reply.body.length > maxBodyBytes) {
    const what = `the reply has ${reply.body.length} bytes; maxBodyBytes is ${maxBodyBytes}`;
    throw call.failure("BadReply", what).toError();
  }
  const fault = headersFault(reply.headers);
  if (fault !== undefined) throw call.failure("BadReply", `the reply cannot be used: ${fault}`).toError();
  let statusCode: number;
  try {
    statusCode = statusOf(reply);
  } catch (error) {
    throw call.failure("BadReply", (error as RpcError).message).toError();
  }
  const verdict = readVerdict(reply);
  if (verdict !== undefined) {
    const { phase, executed, isStuck, problem } = verdict;
    const init = { executed, details: problem };
    throw (isStuck ? call.stuck(phase, init) : call.timeout(phase, init)).toError();
  }
  const { contentType, headers, body } = reply;
  return new Response({ statusCode, contentType, headers, body }, codecs.json, call.wasSentBefore);
}
