import { checkDuration, checkInteger, checkKnown, type Extension } from "@porthos-rpc/protocol";
import { entryOf } from "./entry.js";
import { METRICS_QUEUE, Shipper } from "./shipper.js";

export interface MetricsOptions {
  /** Entries that a message holds: as soon as there are so many, they are shipped. 1 to 10,000. @default 150 */
  readonly bufferSize?: number;
  /** Fewer are shipped when the oldest is so old, in milliseconds. @default 10_000 */
  readonly intervalMs?: number;
  /**
   * Entries that wait at most, while the queue is missing or full or the broker is away; then the oldest are dropped, and
   * counted. `bufferSize` to 1,000,000. @default 10_000, or `bufferSize` if that is more
   */
  readonly maxEntries?: number;
}

/**
 * Ships an entry for each request that the server answers to the queue `porthos.metrics`, where the seed's Dashboard reads
 * them: service, method, response time in nanoseconds, status. A call never waits for it. What is left when the server
 * stops is shipped, in 1 s at most. `describe()` tells how many entries were shipped, are waiting, and were dropped.
 *
 * It does not declare the queue: while there is none, entries wait as they do while the broker is away.
 * @throws {TypeError} for a wrong option, by name.
 */
export function metrics(options: MetricsOptions = {}): Extension {
  checkKnown("metrics", options, ["bufferSize", "intervalMs", "maxEntries"]);
  const bufferSize = checkInteger("metrics", "bufferSize", options.bufferSize, {
    min: 1,
    max: 10_000,
    fallback: 150,
  });
  const intervalMs = checkDuration("metrics", "intervalMs", options.intervalMs, 10_000);
  const maxEntries = checkInteger("metrics", "maxEntries", options.maxEntries, {
    min: bufferSize,
    max: 1_000_000,
    fallback: Math.max(10_000, bufferSize),
  });
  let shipper: Shipper | undefined;
  let isRunning = false;

  return {
    name: "metrics",
    apiVersion: 1,
    server: {
      start(host) {
        if (isRunning)
          throw new TypeError("metrics: it is part of a server already; make one for each server");
        isRunning = true;
        shipper = new Shipper(host, { bufferSize, intervalMs, maxEntries });
      },
      observe: {
        outgoing: (event) => shipper?.add(entryOf(event)),
      },
      async stop() {
        await shipper?.stop();
        isRunning = false;
      },
      describe: () => ({
        queue: METRICS_QUEUE,
        bufferSize,
        intervalMs,
        maxEntries,
        shipped: shipper?.shipped ?? 0,
        waiting: shipper?.waiting ?? 0,
        dropped: shipper?.dropped ?? 0,
      }),
    },
  };
}
