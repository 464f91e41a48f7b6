import type { Credentials } from "@porthos-rpc/protocol/driver";

/** In amqplib's form. Bytes only on demand: a TLS socket keeps the options that it was made with. */
export interface SaslMechanism {
  readonly mechanism: "PLAIN" | "EXTERNAL" | "ANONYMOUS";
  response(): Buffer;
}

/** User name and password in UTF-8 (RFC 4616). */
export function plain({ username, password }: Credentials): SaslMechanism {
  return { mechanism: "PLAIN", response: () => Buffer.from(`\0${username}\0${password}`) };
}

/** Whoever the TLS certificate says (RFC 4422, appendix A). */
export const external: SaslMechanism = { mechanism: "EXTERNAL", response: () => Buffer.alloc(0) };

/** Nobody (RFC 4505). */
export const anonymous: SaslMechanism = { mechanism: "ANONYMOUS", response: () => Buffer.from("anonymous") };
