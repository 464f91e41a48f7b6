import type { Settings } from "./options.js";

const CODE = "PORTHOS_OPEN_LINE";

/**
 * Tells the operator, as Node's own warnings do, of lines on which others can read the password and every message.
 * `node --disable-warning=PORTHOS_OPEN_LINE` (Node 21.3 and newer) silences it.
 */
export function warnOfOpenLines({ endpoints, tls }: Settings): void {
  const plain = endpoints.find((endpoint) => !endpoint.secure && !endpoint.isLoopback);
  if (plain !== undefined) {
    warn(`amqp10: to ${plain.label} is not encrypted, and the password travels in the clear; use amqp10s:`);
  }
  const secure = endpoints.find((endpoint) => endpoint.secure);
  if (tls.insecure && secure !== undefined) {
    warn(`tls.insecure: the certificate of ${secure.label} is not verified; use tls.ca instead`);
  }
}

function warn(message: string): void {
  process.emitWarning(message, { type: "PorthosWarning", code: CODE });
}
