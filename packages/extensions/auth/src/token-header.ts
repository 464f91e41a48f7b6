import type { ReadonlyHeaders } from "@porthos-rpc/protocol";

/** As it is sent; the other way to write it is read, too. */
export const TOKEN_HEADER = "authorization";
const OTHERWISE = "Authorization";

const BEARER = /^bearer +([\w\-.~+/]+=*)$/i;

/** The token that came with a request: undefined if none did, and empty for what is no bearer token. */
export function tokenOf(headers: ReadonlyHeaders | undefined): string | undefined {
  const sent = headers?.get(TOKEN_HEADER);
  const value = sent === undefined ? headers?.get(OTHERWISE) : sent;
  if (value === undefined) return undefined;
  return typeof value === "string" ? (BEARER.exec(value)?.[1] ?? "") : "";
}

export function bearerText(token: string): string {
  return `Bearer ${token}`;
}

/** Whether a text can be a bearer token (RFC 6750, 2.1), of a length that leaves room for other headers. */
export function isToken(token: unknown): token is string {
  return typeof token === "string" && token.length <= MAX_TOKEN_LENGTH && /^[\w\-.~+/]+=*$/.test(token);
}

/** Whether it is the header's text instead of the token. */
export function hasScheme(token: unknown): boolean {
  return typeof token === "string" && BEARER.test(token);
}

/** Of the 16 KiB that all headers of a message may have. */
const MAX_TOKEN_LENGTH = 12_288;
