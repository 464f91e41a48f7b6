import type { TestProject } from "vitest/node";
import type { BrokerControl, BrokerInfo } from "./broker.js";
import { CATALOGUE } from "./catalogue.js";
import type { BrokerDescriptor } from "./descriptor.js";
import { provide } from "./recipe.js";

/**
 * Vitest's global setup of the project `broker`: starts every broker of the catalogue that can be had, says which
 * could not and why, and stops them after the last test.
 * @throws {Error} when one is missing and PORTHOS_REQUIRE_BROKERS is 1.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const descriptors: BrokerDescriptor[] = [];
  const controls: BrokerControl[] = [];
  const missing: string[] = [];
  for (const recipe of CATALOGUE) {
    const startedAtMs = Date.now();
    const outcome = await provide(recipe);
    if ("reason" in outcome) {
      missing.push(`${recipe.name} (${outcome.reason})`);
      continue;
    }
    descriptors.push(outcome.descriptor);
    controls.push(outcome.control);
    say(describe(outcome.descriptor.info, Date.now() - startedAtMs));
  }
  say(
    `${descriptors.length} there, ${missing.length} missing${missing.map((one) => `\n  missing: ${one}`).join("")}`,
  );
  if (missing.length > 0 && process.env["PORTHOS_REQUIRE_BROKERS"] === "1") {
    await Promise.all(controls.map((control) => control.remove()));
    throw new Error(`PORTHOS_REQUIRE_BROKERS is 1 and a broker is missing: ${missing.join(", ")}`);
  }
  project.provide("porthosBrokers", descriptors);
  return async () => {
    await Promise.all(controls.map((control) => control.remove()));
  };
}

function describe({ name, product, version, origin, urls }: BrokerInfo, tookMs: number): string {
  const addresses = Object.values(urls).map((url) => url.replace(/\/\/[^@/]*@/, "//"));
  return `${name} = ${product} ${version}, ${origin}, ${addresses.join(" ")}, up after ${(tookMs / 1000).toFixed(1)} s`;
}

function say(text: string): void {
  process.stdout.write(`brokers: ${text}\n`);
}
