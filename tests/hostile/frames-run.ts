import { connect } from "@porthos-rpc/connect";
import type { RpcError, Transport } from "@porthos-rpc/protocol";
import { Arrivals } from "../arrivals.js";
import type { FramesEntry } from "./entry.js";

/** How long a transport may take to get over it: its pause before it connects anew is among it. */
const RECOVERY_MS = 8_000;
/** More often nothing is sent, so that what is left of a frame that was cut is filled up. */
const KNOCK_MS = 20;

/** A broker that attacks once. */
export interface HostileBroker extends AsyncDisposable {
  readonly url: string;
  readonly connections: number;
  deliver(): void;
  attack(): void;
}

/** What became of a transport that was attacked; undefined if it is as well as before. */
export async function attacked(
  entry: FramesEntry,
  start: (entry: FramesEntry) => Promise<HostileBroker>,
): Promise<string | undefined> {
  await using broker = await start(entry);
  let transport: Transport | undefined;
  try {
    transport = await connect(broker.url);
    const flaw = await recovery(entry, broker, transport);
    return flaw ?? (entry.expect === undefined ? undefined : `${entry.id}: it went on`);
  } catch (error) {
    const { code } = error as Partial<RpcError>;
    return entry.expect !== undefined && code === entry.expect ? undefined : `${entry.id}: ${String(error)}`;
  } finally {
    await transport?.close();
  }
}

/** Whether one more good message gets through in time. */
async function arrives(broker: HostileBroker, good: Arrivals<string>): Promise<boolean> {
  const before = good.count;
  const until = performance.now() + RECOVERY_MS;
  while (good.count === before) {
    if (performance.now() > until) return false;
    broker.deliver();
    await new Promise((resolve) => setTimeout(resolve, KNOCK_MS));
  }
  return true;
}

async function recovery(
  entry: FramesEntry,
  broker: HostileBroker,
  transport: Transport,
): Promise<string | undefined> {
  const good = new Arrivals<string>("a good message");
  await transport.consume("q", { credit: 100 }, (delivery) => {
    if (new TextDecoder().decode(delivery.message.body) === "good") good.add(entry.id);
    delivery.accept();
  });
  if (!(await arrives(broker, good))) return `${entry.id}: no message`;
  if (entry.when === "consuming") {
    broker.attack();
    // What it says from now on comes behind the attack.
    await new Promise((resolve) => setTimeout(resolve, KNOCK_MS));
    if (!(await arrives(broker, good))) return `${entry.id}: no message within ${RECOVERY_MS} ms after it`;
  }
  // Two connections to begin with, and one anew for each at most.
  return broker.connections <= 5 ? undefined : `${entry.id}: ${broker.connections} connections`;
}
