import { Codecs, type RequestEnvelope } from "@porthos-rpc/protocol";

const codecs = new Codecs();

/** Longer bodies are logged by their size: a log line is no place for them. */
const MAX_LOGGED_BYTES = 1_024;

/** What a method was called with, for a log line: its JSON value; for anything else, or too much of it, its size. */
export function argsOf({ contentType, body }: RequestEnvelope): unknown {
  if (body.length === 0) return undefined;
  const codec = codecs.find(contentType);
  if (codec?.contentType === "application/json" && body.length <= MAX_LOGGED_BYTES) {
    try {
      return codec.decode(body);
    } catch {
      // The server answers 400; here the size has to do.
    }
  }
  return `<${body.length} bytes of ${contentType ?? "unknown type"}>`;
}
