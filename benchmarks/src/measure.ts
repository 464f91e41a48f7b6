import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FromPeer, ToPeer } from "./peer.js";

export interface Load {
  readonly calls: number;
  readonly pending: number;
  readonly warmUp: number;
}

/** Seconds, over the counted calls only. */
export interface Measured {
  readonly client: number;
  readonly server: number;
  readonly broker: number;
  readonly elapsed: number;
}

/** Runs one subject once: fresh processes, a warm-up, then the counted calls. */
export async function measure(
  subject: string,
  url: string,
  brokerPid: number,
  load: Load,
): Promise<Measured> {
  const service = `bench-${process.pid}-${Date.now()}`;
  const server = await startPeer("server", subject, url, service);
  const client = await startPeer("client", subject, url, service);
  await ask(client, { run: { calls: load.warmUp, pending: load.pending } });
  const before = [await ask(client, "cpu"), await ask(server, "cpu")] as const;
  const brokerBefore = processorSeconds(brokerPid);
  const { seconds, cpuSeconds } = await ask(client, { run: { calls: load.calls, pending: load.pending } });
  const broker = processorSeconds(brokerPid) - brokerBefore;
  const after = await ask(server, "cpu");
  await Promise.all([end(client), end(server)]);
  return {
    client: cpuSeconds - before[0].cpuSeconds,
    server: after.cpuSeconds - before[1].cpuSeconds,
    broker,
    elapsed: seconds,
  };
}

async function startPeer(
  role: "server" | "client",
  subject: string,
  url: string,
  service: string,
): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL("./peer.ts", import.meta.url)), [role, subject, url, service]);
  await once(child, "message");
  return child;
}

async function ask(peer: ChildProcess, message: ToPeer): Promise<FromPeer> {
  const answered = once(peer, "message");
  peer.send(message);
  const [answer] = (await answered) as [FromPeer];
  return answer;
}

async function end(peer: ChildProcess): Promise<void> {
  const exited = once(peer, "exit");
  peer.send("end" satisfies ToPeer);
  await exited;
}

/** User and system time of a process (fields 14 and 15 of its stat; Linux counts them in hundredths). */
function processorSeconds(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(afterName[11]) + Number(afterName[12])) / 100;
}
