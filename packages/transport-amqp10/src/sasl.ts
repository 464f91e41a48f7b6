import type { Credentials } from "@porthos-rpc/protocol/driver";
import type { SaslMechanism } from "./lane.js";

/** User name and password in UTF-8 (RFC 4616). rhea's own counts characters for bytes and cuts "pässwörd" short. */
export function plain({ username, password }: Credentials): SaslMechanism {
  return { name: "PLAIN", initialResponse: () => Buffer.from(`\0${username}\0${password}`) };
}

/** Whoever the TLS certificate says (RFC 4422, appendix A). */
export const external: SaslMechanism = { name: "EXTERNAL", initialResponse: () => Buffer.alloc(0) };

/** Nobody (RFC 4505). */
export const anonymous: SaslMechanism = {
  name: "ANONYMOUS",
  initialResponse: () => Buffer.from("anonymous"),
};
