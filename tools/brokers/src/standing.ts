import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrokerDescriptor } from "./descriptor.js";
import { home } from "./home/home.js";

/** The brokers that `pnpm brokers up` started and that nobody has taken down. */
function standing(): BrokerDescriptor[] {
  if (!existsSync(folder())) return [];
  const files = readdirSync(folder()).filter((file) => file.endsWith(".json"));
  return files.map((file) => JSON.parse(readFileSync(join(folder(), file), "utf8")) as BrokerDescriptor);
}

export function standingOf(name: string): BrokerDescriptor | undefined {
  return standing().find(({ info }) => info.name === name);
}

export function remember(descriptor: BrokerDescriptor): void {
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), `${descriptor.info.name}.json`), JSON.stringify(descriptor, null, 2));
}

export function forget(name: string): void {
  rmSync(join(folder(), `${name}.json`), { force: true });
}

function folder(): string {
  return join(home(), "up");
}
