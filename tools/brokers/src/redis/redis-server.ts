import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Ends the server when its standard input ends: when we close it, or are gone, however that came. */
const WITH_US = '"$@" & server=$!; cat >/dev/null; kill "$server"; wait "$server"';

/** A Redis of the test's own: a free port of the loopback interface, its own folder, gone with the test run. */
export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "porthos-redis-"));
  #stop: (() => Promise<unknown>) | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  /** A running one, or undefined, with the reason told to `missing`, if this machine has none. */
  static async start(missing: (reason: string) => void): Promise<RedisServer | undefined> {
    const reason = isInstalled() ? undefined : installInCi();
    if (reason !== undefined) {
      missing(reason);
      return undefined;
    }
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, "redis.log"), "a");
    const options = ["--port", `${this.port}`, "--bind", "127.0.0.1", "--dir", this.#folder];
    const pidFile = ["--pidfile", join(this.#folder, "redis.pid")];
    const durable = ["--appendonly", "yes", "--save", ""];
    const command = ["-c", WITH_US, "sh", "redis-server", ...options, ...pidFile, ...durable];
    const shell = spawn("/bin/sh", command, { stdio: ["pipe", log, log], detached: true });
    closeSync(log);
    shell.unref();
    // The pipe must not keep us alive either; at run time it is a socket.
    (shell.stdin as Socket | null)?.unref();
    const ended = once(shell, "exit");
    this.#stop = () => {
      shell.stdin?.end();
      return ended;
    };
    await this.#answers();
  }

  /** As its operator would: what is durable stays. */
  async stop(): Promise<void> {
    await this.#stop?.();
    this.#stop = undefined;
  }

  /** Without a word to anybody. */
  async kill(): Promise<void> {
    process.kill(this.#pid, "SIGKILL");
    await this.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /** It takes connections but answers nobody, until `thaw`. */
  freeze(): void {
    process.kill(this.#pid, "SIGSTOP");
  }

  thaw(): void {
    process.kill(this.#pid, "SIGCONT");
  }

  /** Redis' own command-line tool. */
  async cli(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("redis-cli", ["-h", "127.0.0.1", "-p", `${this.port}`, ...args]);
    return stdout.trim();
  }

  get #pid(): number {
    return Number(readFileSync(join(this.#folder, "redis.pid"), "utf8"));
  }

  async #answers(): Promise<void> {
    const giveUpAtMs = Date.now() + 10_000;
    while ((await this.cli("PING").catch(() => "")) !== "PONG") {
      if (Date.now() > giveUpAtMs) throw new Error(readFileSync(join(this.#folder, "redis.log"), "utf8"));
      await sleep(20);
    }
  }
}

function isInstalled(): boolean {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((folder) => existsSync(join(folder, "redis-server")));
}

/** Nobody's machine is changed but that of a CI job, which is thrown away. @returns why it is not installed now */
function installInCi(): string | undefined {
  const isThrownAway = process.env["CI"] === "true" && process.getuid?.() === 0;
  if (!isThrownAway || !existsSync("/usr/bin/apt-get")) return "no redis-server is installed";
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    for (const args of [["update"], ["install", "--no-install-recommends", "redis-server"]]) {
      execFileSync("apt-get", ["-q", "-y", ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
    }
    return undefined;
  } catch (error) {
    return `apt-get could not install redis-server: ${String(error)}`;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("a TCP server has no port");
  return address.port;
}
