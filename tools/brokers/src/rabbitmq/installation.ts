import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** A RabbitMQ that can be run: the folder of its own scripts, not of a distribution's wrappers around them. */
export type Installation = {
  readonly sbin: string;
  readonly version: string;
  readonly plugins: readonly string[];
  /** The folder of Erlang's programs, when it is not the machine's Erlang. */
  readonly erlang?: string;
};

/**
 * Debian's /usr/sbin/rabbitmq-server changes to the system's user and the system's data folder; the scripts that
 * it wraps take both from the environment.
 */
const DEBIAN_BIN = "/usr/lib/rabbitmq/bin";

/** The installed RabbitMQ of a line of releases such as `3.10`. */
export function findInstallation(line: string): Installation | undefined {
  const folders = [DEBIAN_BIN, ...(process.env["PATH"] ?? "").split(delimiter)];
  for (const folder of folders) {
    const server = join(folder, "rabbitmq-server");
    if (!existsSync(server)) continue;
    const sbin = dirname(realpathSync(server));
    if (!existsSync(join(sbin, "rabbitmq-env"))) continue;
    const installation = readInstallation(sbin);
    if (isOfLine(installation.version, line)) return installation;
  }
  return undefined;
}

export function readInstallation(sbin: string): Installation {
  const folder = join(sbin, "..", "plugins");
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const version = files.map((file) => /^rabbit-(\d+(?:\.\d+)*)/.exec(file)?.[1]).find(Boolean);
  return { sbin, version: version ?? "unknown", plugins: files.map((file) => file.replace(/-\d.*$/, "")) };
}

export function isOfLine(version: string, line: string): boolean {
  return version.startsWith(`${line}.`);
}
