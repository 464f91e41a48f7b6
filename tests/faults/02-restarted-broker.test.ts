import { fault } from "./fault.js";
import { livedThrough } from "./lived-through.js";
import { Outage } from "./outage.js";

const outage = new Outage(2, (broker) => broker.stop());

fault(
  2,
  "each call ends with its own answer or an honest error, those that are made meanwhile wait, and both ends serve again",
  (stage) => livedThrough(stage, outage),
  { timeoutMs: 150_000 },
);
