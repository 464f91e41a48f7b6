import { createClient, RpcError } from "@porthos-rpc/client";
import { Ledger, nowAt } from "../ledger.js";
import { Random } from "../random.js";
import { nextCall, type Plan } from "./call-mix.js";
import { contract } from "./contract.js";
import { endWithConductor, type FromProgram, letGo, readPart, type ToProgram, transportOf } from "./part.js";
import { idOf } from "./request-id.js";
import { watchProcess, watchTransport } from "./watch.js";

/*
 * One of the clients of a ledger: from `go` on it makes calls at its rate, however the ones before fare, and writes down what
 * becomes of each. At `close` it makes no more, waits for those that it has, and ends.
 */
const part = readPart();
endWithConductor();
const ledger = new Ledger(part.folder, "client", part.index, part.life);
watchProcess(ledger);
const transport = transportOf(part);
watchTransport(ledger, transport);
const client = createClient({ transport, contract, service: part.service });
const random = new Random(part.seed * 1_000 + part.index);
const TICK_MS = 10;
/** Calls without an end at a time. An outage of the broker leaves a long deadline's worth of them. */
const MAX_PENDING = 9_000;
const pending = new Set<Promise<void>>();
let number = 0;

// Who listens to events takes another way through the client than who does not: both are tried.
if (part.index % 2 === 1) {
  client.on("sent", ({ call }) => ledger.write({ event: "sent", id: idOf(call.request.body) ?? "" }));
  client.on("settled", ({ call }) => ledger.write({ event: "told", id: idOf(call.request.body) ?? "" }));
}
client.on("stray", ({ kind, message }) => ledger.write({ event: "stray", kind, id: idOf(message.body) }));
client.on("extensionError", ({ error }) =>
  ledger.write({ event: "uncaught", text: `a listener threw: ${String(error)}` }),
);

async function call(plan: Plan): Promise<void> {
  const id = `${part.index}-${++number}`;
  const seed = random.whole(0, 1_000_000);
  const { method, kind, items, idempotent, timeoutMs } = plan;
  const issuedAt = nowAt();
  const deadlineAt = issuedAt + timeoutMs;
  ledger.write({ event: "issued", id, method, kind, seed, items, idempotent, deadlineAt });
  const underWay = begin(id, seed, plan);
  const heldMs = nowAt() - issuedAt;
  try {
    const value = await underWay;
    ledger.write({ event: "settled", id, end: "answered", heldMs, value });
  } catch (error) {
    const text = String(error);
    const known = error instanceof RpcError ? errorFacts(error) : {};
    ledger.write({ event: "settled", id, end: "failed", heldMs, text, ...known });
  }
}

function errorFacts({ code, executed, status }: RpcError) {
  return { code, executed, status };
}

async function begin(id: string, seed: number, plan: Plan): Promise<unknown> {
  const { method, timeoutMs, workMs, items } = plan;
  const input = { id, seed, workMs };
  const options = { timeoutMs };
  if (method === "note") {
    await client.methods.note(input, options);
    return undefined;
  }
  if (method === "count") {
    const read: number[] = [];
    for await (const item of client.methods.count({ ...input, items }, options)) read.push(item);
    return read;
  }
  if (plan.abortAfterMs === undefined) return (await client.methods[method](input, options)).value;
  const controller = new AbortController();
  const timer = setTimeout(() => {
    ledger.write({ event: "gaveUp", id });
    controller.abort();
  }, plan.abortAfterMs);
  try {
    return (await client.methods[method](input, { ...options, signal: controller.signal })).value;
  } finally {
    clearTimeout(timer);
  }
}

let stopLoad = (): void => {};

function go(): void {
  let due = 0;
  let lastAt = nowAt();
  const timer = setInterval(() => {
    const at = nowAt();
    // What a stall kept from being made is not made up for: that would be a burst that nobody asked for.
    due += (Math.min(at - lastAt, 10 * TICK_MS) * part.rate) / 1_000;
    lastAt = at;
    for (; due >= 1; due--) {
      if (pending.size >= MAX_PENDING) continue;
      const made = call(nextCall(random, part.longDeadlineMs));
      pending.add(made);
      void made.finally(() => pending.delete(made));
    }
  }, TICK_MS);
  stopLoad = () => clearInterval(timer);
}

async function close(): Promise<void> {
  stopLoad();
  await Promise.all([...pending]);
  await Promise.resolve();
  const left = pending.size;
  await client.close();
  ledger.write({ event: "closed", pending: left, resources: process.getActiveResourcesInfo() });
  letGo();
}

process.on("message", (message: ToProgram) => {
  if (message === "go") go();
  else void close();
});
await transport.ready();
process.send?.("ready" satisfies FromProgram);
