import { RpcError } from "../errors.js";

/** What OpenSSL says when what comes back is no TLS. */
const NO_TLS = /wrong version number|packet length too long|unknown protocol|http request/;

/**
 * Why TLS with a broker failed, and what to do next.
 * @param label the broker's `host:port`
 * @returns undefined for an error that has nothing to do with TLS
 */
export function tlsFailure(label: string, cause: unknown): RpcError | undefined {
  if (!(cause instanceof Error)) return undefined;
  const { code, reason, message } = cause as Error & { readonly code?: unknown; readonly reason?: unknown };
  // Node's own words for a peer that hangs up during the handshake: a plain port, or a broker that is going down.
  if (message.includes("before secure TLS connection was established")) {
    const text = `${label} closed the connection during the TLS handshake; does this port speak TLS?`;
    return new RpcError("Unavailable", text, { executed: "no", cause });
  }
  if (!isTlsCode(code)) return undefined;
  const why = typeof reason === "string" ? reason : message;
  const next = NO_TLS.test(why) ? "does this port speak TLS?" : "check the options under tls";
  return new RpcError("Config", `TLS with ${label} failed: ${why}; ${next}`, { executed: "no", cause });
}

/** Codes of OpenSSL and node:tls for a peer that cannot be believed, or does not speak TLS. */
function isTlsCode(code: unknown): boolean {
  if (typeof code !== "string") return false;
  return (
    code === "EPROTO" ||
    code === "HOSTNAME_MISMATCH" ||
    /^(ERR_(TLS|SSL|OSSL)_|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|PATH_LENGTH)/.test(code)
  );
}
