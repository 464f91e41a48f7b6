import type { TestProject } from "vitest/node";
import { BROKER_NAMES } from "./catalogue.js";
import { chosenBrokers } from "./chosen-brokers.js";
import { BrokerHost } from "./fixture/host.js";
import { openLine } from "./fixture/line.js";
import { type Listed, leaveOut, list } from "./fixture/listing.js";
import { freePorts } from "./private/free-ports.js";
import type { Outcome } from "./recipe.js";

/**
 * Vitest's global setup of the project `broker`: says which brokers this run has, and which it lacks and why; starts
 * each when a test file needs it, and removes them after the last test.
 * @throws {Error} when one is missing and PORTHOS_REQUIRE_BROKERS is 1.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chosen = chosenBrokers();
  const ports = await freePorts(chosen.length);
  const candidates = await Promise.all(chosen.map((name, index) => list(name, ports[index] ?? 0)));
  const leftOut = BROKER_NAMES.filter((name) => !chosen.includes(name)).map(leaveOut);
  const found = candidates.map(({ listed }) => listed);
  for (const one of [...found, ...leftOut]) say(describe(one));
  const missing = found.filter((one) => one.missing !== undefined);
  if (missing.length > 0 && process.env["PORTHOS_REQUIRE_BROKERS"] === "1") {
    throw new Error(`PORTHOS_REQUIRE_BROKERS is 1, but: ${missing.map(describe).join("; ")}`);
  }
  const recipes = candidates.map(({ recipe }) => recipe);
  const host = new BrokerHost(recipes, (name, outcome, tookMs) => say(report(name, outcome, tookMs)));
  const line = await openLine(host);
  project.provide("porthosBrokers", { address: line.address, brokers: [...found, ...leftOut] });
  return async () => {
    line.close();
    await host.close();
  };
}

function describe({ name, missing, origin, urls }: Listed): string {
  return missing === undefined ? `${name}: ${origin}, ${addresses(urls)}` : `${name}: none, ${missing}`;
}

function report(name: string, outcome: Outcome, tookMs: number): string {
  if ("reason" in outcome) return `${name}: none, ${outcome.reason}`;
  const { product, version, origin } = outcome.descriptor.info;
  return `${name} = ${product} ${version}, ${origin}, up after ${(tookMs / 1000).toFixed(1)} s`;
}

function addresses(urls: Listed["urls"]): string {
  return Object.values(urls)
    .map((url) => url.replace(/\/\/[^@/]*@/, "//"))
    .join(" ");
}

function say(text: string): void {
  process.stdout.write(`brokers: ${text}\n`);
}
