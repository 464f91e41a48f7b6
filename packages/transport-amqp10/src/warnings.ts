import { openLines } from "@porthos-rpc/protocol/driver";
import type { Settings } from "./options.js";

const CODE = "PORTHOS_OPEN_LINE";

/**
 * Tells the operator, as Node's own warnings do, of lines on which others can read the password and every message.
 * `node --disable-warning=PORTHOS_OPEN_LINE` (Node 21.3 and newer) silences it.
 */
export function warnOfOpenLines(settings: Settings): void {
  for (const message of openLines(settings, "amqp10:", "amqp10s:")) {
    process.emitWarning(message, { type: "PorthosWarning", code: CODE });
  }
}
