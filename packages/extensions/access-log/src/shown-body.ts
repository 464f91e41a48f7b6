import { Codecs } from "@porthos-rpc/protocol";

const codecs = new Codecs();

/** What a line shows of a body: its JSON value; of anything else, or of more than `maxBytes`, its size. */
export function shownBody(contentType: string | undefined, body: Uint8Array, maxBytes: number): unknown {
  if (body.length === 0) return undefined;
  const codec = codecs.find(contentType);
  if (codec?.contentType === "application/json" && body.length <= maxBytes) {
    try {
      return codec.decode(body);
    } catch {
      // The server answers 400; here the size has to do.
    }
  }
  return `<${body.length} bytes of ${contentType ?? "unknown type"}>`;
}
