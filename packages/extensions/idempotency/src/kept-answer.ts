import {
  executedOf,
  type Headers,
  type HeaderValue,
  NO_BODY,
  problemOf,
  problemResponse,
  type ResponseEnvelope,
  valuesCodec,
} from "@porthos-rpc/protocol";

/** Says that an answer is that of an earlier request. */
const REPLAYED_HEADER = "Idempotent-Replayed";

/** The first byte of what is kept, so that a later form can be told from this one. */
const FORM = 1;
const PREFIX_BYTES = 5;

/** Statuses that say that the same request may come to something else later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** Whether a request that was answered so is not to run again: not for an error of the service's own, nor if its handler did not run. */
export function isKept(response: ResponseEnvelope): boolean {
  const { statusCode } = response;
  if (statusCode >= 500 || PASSING.has(statusCode)) return false;
  return executedOf(problemOf(response)) !== "no";
}

/** What a request gets that ran, and whose answer could not be kept. */
export function notKept(maxBodyBytes: number): ResponseEnvelope {
  const detail = `it ran, and its answer was not kept: it is larger than ${maxBodyBytes} bytes, or cannot be`;
  return problemResponse({ status: 409, title: "Answer not kept", detail, executed: "yes" });
}

/**
 * An answer as a store keeps it: a byte for its form, the length of what is said of it, that, and the body.
 * @throws {RpcError} for headers that have no such form.
 */
export function encodeAnswer({ statusCode, contentType, headers, body }: ResponseEnvelope): Uint8Array {
  const said = valuesCodec.encode([statusCode, contentType, headers]);
  const bytes = new Uint8Array(PREFIX_BYTES + said.length + body.length);
  bytes[0] = FORM;
  new DataView(bytes.buffer).setUint32(1, said.length);
  bytes.set(said, PREFIX_BYTES);
  bytes.set(body, PREFIX_BYTES + said.length);
  return bytes;
}

/** @throws {Error} for what `encodeAnswer` did not make. */
export function decodeAnswer(bytes: Uint8Array): ResponseEnvelope {
  if (bytes[0] !== FORM || bytes.length < PREFIX_BYTES) throw new Error("what was kept is no answer");
  const saidBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  const bodyStart = PREFIX_BYTES + saidBytes;
  if (bodyStart > bytes.length) throw new Error("what was kept of an answer is cut off");
  const [statusCode, contentType, kept] = valuesCodec.decode(
    bytes.subarray(PREFIX_BYTES, bodyStart),
  ) as readonly [number, string | undefined, ReadonlyMap<string, HeaderValue> | undefined];
  if (typeof statusCode !== "number") throw new Error("what was kept of an answer has no status");
  const headers: Headers = new Map<string, HeaderValue>(kept).set(REPLAYED_HEADER, "true");
  // A copy: whoever gets it may change it.
  const body = bodyStart === bytes.length ? NO_BODY : bytes.slice(bodyStart);
  return { statusCode, contentType, headers, body };
}
