import { setTimeout as sleep } from "node:timers/promises";
import { createServer } from "@porthos-rpc/server";
import { answerTo, itemsOf } from "../answer.js";
import { Ledger } from "../ledger.js";
import { contract } from "./contract.js";
import { endWithConductor, type FromProgram, letGo, readPart, transportOf } from "./part.js";
import { idOf } from "./request-id.js";
import { watchProcess, watchTransport } from "./watch.js";

/*
 * One of the servers of a ledger: writes down what it runs, and what the server tells of it. SIGTERM has it finish what it has and end.
 */
const part = readPart();
endWithConductor();
const ledger = new Ledger(part.folder, "server", part.index, part.life);
watchProcess(ledger);
const transport = transportOf(part);
watchTransport(ledger, transport);
const server = createServer({
  transport,
  contract,
  service: part.service,
  maxInFlight: part.maxInFlight,
});

type Work = { readonly id: string; readonly seed: number; readonly workMs: number };

async function run({ id, seed, workMs }: Work): Promise<{ id: string; value: number }> {
  ledger.write({ event: "started", id });
  if (workMs > 0) await sleep(workMs);
  ledger.write({ event: "finished", id });
  return { id, value: answerTo(id, seed) };
}

server.implement({
  look: run,
  charge: run,
  note: async (work) => {
    await run(work);
  },
  async *count({ id, seed, workMs, items }) {
    ledger.write({ event: "started", id });
    for (const item of itemsOf(id, seed, items)) {
      yield item;
      await sleep(workMs);
    }
    ledger.write({ event: "finished", id });
  },
});

server.on("outgoing", ({ call, response }) => {
  ledger.write({ event: "answered", id: idOf(call.request.body) ?? "", status: response.statusCode });
});
server.on("expired", ({ call }) => ledger.write({ event: "expired", id: idOf(call.request.body) ?? "" }));
server.on("cancelled", ({ call }) =>
  ledger.write({ event: "cancelled", id: call === undefined ? undefined : idOf(call.request.body) }),
);
server.on("refused", ({ response, reason }) =>
  ledger.write({ event: "refused", status: response.statusCode, text: reason }),
);
server.on("duplicate", () => ledger.write({ event: "duplicate" }));
server.on("poisoned", ({ deliveries }) => ledger.write({ event: "poisoned", deliveries }));
server.on("replyLost", ({ call, outcome }) => {
  const id = call === undefined ? undefined : idOf(call.request.body);
  ledger.write({ event: "replyLost", id, outcome: outcome.kind });
});
server.on("degraded", ({ reason }) =>
  ledger.write({ event: "connection", state: "degraded", text: reason.message }),
);
server.on("handlerError", ({ error }) =>
  ledger.write({ event: "uncaught", text: `a handler threw: ${String(error)}` }),
);
server.on("extensionError", ({ error }) =>
  ledger.write({ event: "uncaught", text: `a listener threw: ${String(error)}` }),
);

let leaving = false;
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  await server.shutdown({ timeoutMs: part.graceMs });
  ledger.write({ event: "closed", pending: 0, resources: process.getActiveResourcesInfo() });
  letGo();
}

process.on("SIGTERM", () => void leave());
process.on("message", () => void leave());
await server.listen();
ledger.write({ event: "listening" });
process.send?.("ready" satisfies FromProgram);
