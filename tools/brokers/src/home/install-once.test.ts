import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { installOnce, isInstalled } from "./install-once.js";
import { NotToBeHad } from "./not-to-be-had.js";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "porthos-home-"));
  vi.stubEnv("PORTHOS_BROKERS_DIR", folder);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function write(text: string): (into: string) => Promise<void> {
  return async (into) => writeFileSync(join(into, "file"), text);
}

test("of two who install the same at once the first one wins, and nothing else is left", async () => {
  const final = join(folder, "software", "thing");
  const both = await Promise.all([installOnce("thing", write("one")), installOnce("thing", write("two"))]);
  expect(both).toEqual([final, final]);
  expect(readFileSync(join(final, "file"), "utf8")).toBe("one");
  expect(readdirSync(join(folder, "software"))).toEqual(["thing"]);
});

test("what is installed is not installed again", async () => {
  const never = vi.fn(write("again"));
  await installOnce("thing", write("once"));
  await installOnce("thing", never);
  expect(never).not.toHaveBeenCalled();
});

test("an installation that fails leaves nothing, and says why", async () => {
  const failure = installOnce("thing", async (into) => {
    await write("half")(into);
    throw new Error("the network is down");
  });
  await expect(failure).rejects.toThrow(new NotToBeHad("the network is down"));
  expect(isInstalled("thing")).toBe(false);
  expect(readdirSync(join(folder, "software"))).toEqual([]);
});
