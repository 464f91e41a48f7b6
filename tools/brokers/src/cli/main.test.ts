import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, inject, test, vi } from "vitest";
import { CATALOGUE } from "../catalogue.js";
import { reopen } from "../descriptor.js";
import { foreign } from "../foreign.js";
import { home } from "../home/home.js";
import { probe } from "../probe/probe.js";
import { provide } from "../recipe.js";

const NAME = "rabbitmq-3.10";
const here = inject("porthosBrokers").brokers.some(
  ({ name, missing }) => name === NAME && missing === undefined,
);

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "porthos-cli-"));
  // What this clone has downloaded, and a standing of its own.
  const software = join(home(), "software");
  mkdirSync(software, { recursive: true });
  symlinkSync(software, join(folder, "software"));
  vi.stubEnv("PORTHOS_BROKERS_DIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function brokers(...args: string[]): Promise<string> {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", main, ...args]);
  return stdout;
}

test.runIf(here)(
  "what is up outlives the command, is found by its printed URLs, and is gone when it is taken down",
  { timeout: 300_000 },
  async () => {
    const printed = await brokers("up", NAME);
    const urls = [...printed.matchAll(/^export (PORTHOS_TEST_RABBITMQ310_AMQP\d+_URL)=(.*)$/gm)];
    expect(urls).toHaveLength(2);
    for (const [, variable = "", url] of urls) vi.stubEnv(variable, url);
    expect(await brokers("up", NAME)).toBe(printed);
    expect(await brokers("status")).toMatch(
      /^rabbitmq-3.10 +up +RabbitMQ 3\.10\.\d+, .*\nrabbitmq-4.0 +down/m,
    );

    await brokers("ctl", NAME, "add_vhost", "made-by-hand");
    expect(await brokers("ctl", NAME, "list_vhosts", "--quiet")).toContain("made-by-hand");
    await expect(brokers("ctl", NAME, "no_such_verb")).rejects.toMatchObject({ code: 1 });

    await brokers("stop", NAME);
    expect(await brokers("status", NAME)).toMatch(/^rabbitmq-3.10 +lost/);
    expect(await brokers("start")).toBe(printed);

    const outcome = await provide({ ways: [foreign(CATALOGUE[NAME]())] });
    if ("reason" in outcome) throw new Error(outcome.reason);
    // Of what `up` made, tests are given more than a URL; they do not remove it.
    await reopen(outcome.descriptor).restart();
    await outcome.control.remove();
    expect(await probe(outcome.descriptor.info.urls)).toMatchObject({ product: "RabbitMQ" });

    await brokers("down");
    await expect(probe(outcome.descriptor.info.urls)).rejects.toThrow(/ECONNREFUSED/);
    expect(await brokers("status", NAME)).toMatch(/^rabbitmq-3.10 +down\n$/);
    expect(readdirSync(join(folder, "data"))).toEqual([]);
  },
);

test("a name that no broker has is refused", async () => {
  await expect(brokers("up", "nosuch")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^No broker is called "nosuch"; there are [^\n]*\n$/),
  });
});
