import { RpcError } from "../errors.js";

/** What to do, by the codes and words of node:tls and OpenSSL. Alerts are what the broker says of us. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/wrong version number|packet length too long|unknown protocol|http request/, "does this port speak TLS?"],
  [/CERT_HAS_EXPIRED/, "the broker's certificate has to be renewed, or this machine's clock is wrong"],
  [/CERT_NOT_YET_VALID/, "this machine's clock is wrong, or the broker's certificate is for later"],
  [
    /ALTNAME|HOSTNAME/,
    "check the options under tls: servername, or the URL's host, must be a name in the certificate",
  ],
  [
    /alert.*(unknown ca|certificate unknown)|ALERT_UNKNOWN_CA/i,
    "the broker does not know who signed tls.cert",
  ],
  [/alert.*expired/i, "the broker says that tls.cert has expired"],
  [/alert.*bad certificate/i, "the broker does not take tls.cert"],
  [
    /certificate required|handshake failure/i,
    "does the broker want a certificate of ours? set tls.cert and tls.key",
  ],
  [/protocol version|unsupported protocol/i, "the broker must speak TLS 1.2 or newer"],
  [
    /SELF_SIGNED|UNABLE_TO_|INVALID_CA/,
    "check the options under tls: ca must be the authority that signed for the broker",
  ],
];

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
  const next =
    ADVICE.find(([pattern]) => pattern.test(`${code} ${why}`))?.[1] ?? "check the options under tls";
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
