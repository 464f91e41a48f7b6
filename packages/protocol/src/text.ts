import { RpcError } from "./errors.js";

const encoder = new TextEncoder();
// `ignoreBOM: true` keeps the mark in the text, where JSON refuses it: a peer that sends one is not sending JSON.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 text of a body. @throws {RpcError} BadRequest when it is not UTF-8. */
export function decodeText(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch (cause) {
    throw new RpcError("BadRequest", "the body is not valid UTF-8", { cause });
  }
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}
