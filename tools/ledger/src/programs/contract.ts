import { contract as declare, method, notification, stream } from "@porthos-rpc/contract";
import * as v from "valibot";

const input = v.object({ id: v.string(), seed: v.number(), workMs: v.number() });
const output = v.object({ id: v.string(), value: v.number() });

/** What the clients of a ledger call. All do the same, for so long as they are told. */
export const contract = declare("LedgerService", {
  look: method({ input, output, idempotent: true }),
  charge: method({ input, output }),
  note: notification({ input }),
  count: stream({ input: v.object({ ...input.entries, items: v.number() }), output: v.number() }),
});
