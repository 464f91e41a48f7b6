import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const IN_THIS_CLONE = fileURLToPath(new URL("../../../../.brokers", import.meta.url));

/**
 * The folder for all that brokers need: `software` (downloads), `data` (of those that run for tests), `up` (of those
 * that `pnpm brokers up` started). Nothing of the machine outside of it is touched.
 */
export function home(): string {
  const given = process.env["PORTHOS_BROKERS_DIR"];
  return given === undefined || given === "" ? IN_THIS_CLONE : resolve(given);
}
