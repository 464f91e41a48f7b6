import {
  type Headers,
  type HeaderValue,
  headerBytes,
  NO_BODY,
  type ResponseEnvelope,
} from "@porthos-rpc/protocol";

/** An answer that shares nothing that can be changed with the other: whoever gets one may do with it what he likes. */
export function copyOf({ statusCode, contentType, headers, body }: ResponseEnvelope): ResponseEnvelope {
  return {
    statusCode,
    contentType,
    headers: headers === undefined || headers.size === 0 ? undefined : copyOfHeaders(headers),
    // Not by slice, which would make a Buffer's copy share its memory.
    body: body.length === 0 ? NO_BODY : new Uint8Array(body),
  };
}

function copyOfHeaders(headers: ReadonlyMap<string, HeaderValue>): Headers {
  const copy: Headers = new Map();
  for (const [name, value] of headers)
    copy.set(name, typeof value === "object" && value !== null ? structuredClone(value) : value);
  return copy;
}

/** About what an answer takes. */
export function bytesOf({ headers, body }: ResponseEnvelope): number {
  return body.length + (headers === undefined ? 0 : headerBytes(headers));
}
