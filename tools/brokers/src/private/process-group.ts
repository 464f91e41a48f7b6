import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { uptime } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

export type GroupOptions = {
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly logFile: string;
  /** Where the group's id is kept, so that another process can stop it too. */
  readonly pidFile: string;
};

/** Starts a shell command as the leader of its own process group, outside of the terminal's reach. */
export function startGroup(command: string, options: GroupOptions): { exited: Promise<string> } {
  const log = openSync(options.logFile, "a");
  const child = spawn("/bin/sh", ["-c", command], {
    cwd: options.cwd,
    detached: true,
    env: options.env,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(`exit ${code ?? signal}`));
  });
  if (child.pid !== undefined) writeFileSync(options.pidFile, String(child.pid));
  child.unref();
  return { exited };
}

/** Sends a signal to the whole group and resolves when no process of it runs any more. */
export async function endGroup(
  pidFile: string,
  signal: "SIGTERM" | "SIGKILL",
  graceMs: number,
): Promise<void> {
  const group = groupOf(pidFile);
  if (group === undefined || !signalGroup(group, signal)) return;
  const giveUpAtMs = Date.now() + graceMs;
  while (runs(group)) {
    if (Date.now() > giveUpAtMs) {
      if (signal === "SIGKILL") throw new Error(`Process group ${group} survives SIGKILL`);
      return endGroup(pidFile, "SIGKILL", graceMs);
    }
    await sleep(20);
  }
}

/** A number from before the machine's last start may be another process's by now. */
function groupOf(pidFile: string): number | undefined {
  try {
    if (statSync(pidFile).mtimeMs < Date.now() - uptime() * 1000) return undefined;
    return Number(readFileSync(pidFile, "utf8"));
  } catch {
    return undefined;
  }
}

/** False when the group has no process any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/**
 * Whether any process of the group still runs. Those that have ended but that nobody has collected do not count:
 * a container's first process may take seconds over it, or never do it.
 */
function runs(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  if (process.platform !== "linux") return true;
  return readdirSync("/proc").some((entry) => /^\d+$/.test(entry) && runsIn(group, entry));
}

function runsIn(group: number, pid: string): boolean {
  try {
    // proc(5), stat: after the command's closing bracket come state, parent, process group and, 15 on, the threads.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A process whose first thread has ended is shown as ended while its others still hold the sockets.
    const ended = fields[0] === "Z" && Number(fields[17]) <= 1;
    return !ended && Number(fields[2]) === group;
  } catch {
    return false;
  }
}
