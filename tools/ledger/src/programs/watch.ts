import type { Transport } from "@porthos-rpc/protocol";
import { type Ledger, nowAt } from "../ledger.js";

const BEAT_MS = 50;
/** Less is the ordinary unrest of timers. On a busy machine many small ones add up. */
const STALL_MS = 20;
const MEMORY_EVERY_MS = 2_000;

/** Writes down what befalls the process itself: how long it did not run, its memory, and errors that nobody caught. */
export function watchProcess(ledger: Ledger): void {
  // Told, and then the process dies of it as it would have.
  process.on("uncaughtExceptionMonitor", (error) => {
    ledger.write({ event: "uncaught", text: error.stack ?? String(error) });
  });
  let beatAt = nowAt();
  setInterval(() => {
    const at = nowAt();
    const ms = at - beatAt - BEAT_MS;
    if (ms > STALL_MS) ledger.write({ event: "stall", fromAt: beatAt, ms });
    beatAt = at;
  }, BEAT_MS).unref();
  setInterval(() => {
    // What is garbage says nothing about what is held.
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    ledger.write({ event: "memory", rssBytes: rss, heapBytes: heapUsed });
  }, MEMORY_EVERY_MS).unref();
}

export function watchTransport(ledger: Ledger, transport: Transport): void {
  transport.on("up", () => ledger.write({ event: "connection", state: "up" }));
  transport.on("down", ({ reason }) =>
    ledger.write({ event: "connection", state: "down", text: reason.message }),
  );
  transport.on("degraded", ({ what, reason }) =>
    ledger.write({ event: "connection", state: "degraded", text: `${what}: ${reason.message}` }),
  );
  transport.on("blocked", ({ blocked }) =>
    ledger.write({ event: "connection", state: blocked ? "blocked" : "unblocked" }),
  );
  transport.on("quarantined", ({ reason }) =>
    ledger.write({ event: "connection", state: "quarantined", text: reason.message }),
  );
}
