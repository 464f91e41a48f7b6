import { checkInteger, checkKnown, type Extension } from "@porthos-rpc/protocol";
import { Shipper, SPECS_QUEUE } from "./shipper.js";

export interface SpecsOptions {
  /**
   * How often the specs are shipped anew, in milliseconds, 1,000 to 86,400,000, for a reader, or a queue, that has lost them.
   * Each message expires after 24 times as long, so that a queue that nobody reads stays short. 0: only at the start, and the message stays
   * until somebody reads it, as the seed's does. @default 600_000
   */
  readonly everyMs?: number;
}

/**
 * Ships what the server's methods say about themselves (`registerWithSpec`, or a contract) to the queue `porthos.specs`,
 * where the seed's Playground reads it: when the server starts, again until it arrives (after 1 s, then up to 60 s), and then every `everyMs`.
 * A server does not wait for it.
 *
 * It does not declare the queue: it arrives once a reader has.
 * @throws {TypeError} for a wrong option, by name. The server's start fails with one if its specs have no JSON, or more than 1 MiB of it.
 */
export function specs(options: SpecsOptions = {}): Extension {
  checkKnown("specs", options, ["everyMs"]);
  const everyMs = checkEvery(options.everyMs);
  let shipper: Shipper | undefined;
  let isRunning = false;

  return {
    name: "specs",
    apiVersion: 1,
    server: {
      start(host) {
        if (isRunning) throw new TypeError("specs: it is part of a server already; make one for each server");
        shipper = new Shipper(host, everyMs);
        isRunning = true;
        void shipper.ship();
      },
      stop() {
        shipper?.stop();
        isRunning = false;
      },
      describe: () => ({ queue: SPECS_QUEUE, everyMs, shipped: shipper?.shipped ?? 0 }),
    },
  };
}

function checkEvery(everyMs: unknown): number {
  if (everyMs === 0) return 0;
  return checkInteger("specs", "everyMs", everyMs, { min: 1_000, max: 86_400_000, fallback: 600_000 });
}
