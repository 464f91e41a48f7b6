import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** A RabbitMQ on this machine: the folder of its own scripts, not of a distribution's wrappers around them. */
export type Installation = { readonly sbin: string; readonly plugins: readonly string[] };

/**
 * Debian's /usr/sbin/rabbitmq-server changes to the system's user and the system's data folder; the scripts that
 * it wraps take both from the environment.
 */
const DEBIAN_BIN = "/usr/lib/rabbitmq/bin";

export function findInstallation(): Installation | undefined {
  const folders = [DEBIAN_BIN, ...(process.env["PATH"] ?? "").split(delimiter)];
  for (const folder of folders) {
    const server = join(folder, "rabbitmq-server");
    if (!existsSync(server)) continue;
    const sbin = dirname(realpathSync(server));
    if (existsSync(join(sbin, "rabbitmq-env"))) return { sbin, plugins: pluginsOf(sbin) };
  }
  return undefined;
}

function pluginsOf(sbin: string): string[] {
  const folder = join(sbin, "..", "plugins");
  return existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/-\d.*$/, "")) : [];
}

/** Only for a throw-away machine. @throws {Error} with apt's own words. */
export function installFromDebian(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]): void => {
    execFileSync("apt-get", ["-q", "-y", ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
  };
  apt("update");
  apt("install", "--no-install-recommends", "rabbitmq-server");
}
