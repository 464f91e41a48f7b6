import { spawn } from "node:child_process";

export type Guard = { release(): void };

/**
 * Runs a shell command when this process ends, however it ends: a small process of its own session waits on a
 * pipe that only this process holds, and the kernel closes that pipe even after SIGKILL.
 */
export function guard(command: string): Guard {
  const child = spawn("/bin/sh", ["-c", `cat >/dev/null; ${command}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // A worker whose test run was killed would go on with its test; its channel to the run tells.
  process.once("disconnect", () => process.exit(1));
  child.unref();
  // The pipe must not keep this process alive either; at run time it is a socket.
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return {
    release: () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    },
  };
}
