import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly provenance?: boolean };
}

const ROOT = new URL("../../", import.meta.url);
const OURS = "@porthos-rpc/";

const published = ["packages/", "packages/extensions/"]
  .flatMap((folder) => readdirSync(new URL(folder, ROOT)).map((name) => `${folder}${name}/package.json`))
  .flatMap((path) => {
    try {
      return [JSON.parse(readFileSync(new URL(path, ROOT), "utf8")) as Manifest];
    } catch {
      return [];
    }
  })
  .filter((manifest) => manifest.private !== true);

/** Other people's packages that come with one of ours. */
function foreign(name: string): string[] {
  const manifest = published.find((one) => one.name === `${OURS}${name}`);
  const all = { ...manifest?.dependencies, ...manifest?.optionalDependencies };
  return Object.keys(all).filter((dependency) => !dependency.startsWith(OURS));
}

test("protocol, client and server bring mitt and nothing else; a transport brings its driver", () => {
  const names = [
    "protocol",
    "client",
    "server",
    "connect",
    "transport-memory",
    "transport-amqp091",
    "transport-amqp10",
  ];
  expect(Object.fromEntries(names.map((name) => [name, foreign(name)]))).toEqual({
    protocol: ["mitt"],
    client: [],
    server: [],
    connect: [],
    "transport-memory": [],
    "transport-amqp091": ["amqplib"],
    "transport-amqp10": ["rhea"],
  });
});

test("drivers come with their transports alone", () => {
  for (const driver of ["amqplib", "rhea"]) {
    const users = published.filter(({ dependencies = {} }) => driver in dependencies).map(({ name }) => name);
    expect(users).toHaveLength(1);
  }
});

test("what users install is a range that excludes the versions with known holes", () => {
  const workspace = readFileSync(new URL("pnpm-workspace.yaml", ROOT), "utf8");
  // amqplib before 2.3.1: a frame of any size was taken (GHSA-37f9-7m79-6866), and headers of more than 64 KiB were cut.
  expect(workspace).toMatch(/^ {2}amqplib: \^2\.3\.1$/m);
  expect(workspace).toMatch(/^ {2}mitt: \^3\.0\.1$/m);
  expect(workspace).toMatch(/^ {2}rhea: \^3\.0\.5$/m);
});

test("every package is published with the proof of where it was built, and runs nothing when it is installed", () => {
  expect(published.length).toBeGreaterThan(7);
  for (const { name, publishConfig, scripts = {} } of published) {
    expect(publishConfig?.provenance, name).toBe(true);
    expect(
      Object.keys(scripts).filter((script) => /install|prepare/.test(script)),
      name,
    ).toEqual([]);
  }
});

test("what the lockfile installs has an integrity, and scripts of packages run only if they are named", () => {
  const workspace = readFileSync(new URL("pnpm-workspace.yaml", ROOT), "utf8");
  for (const setting of [
    "minimumReleaseAge: 10080",
    "trustPolicy: no-downgrade",
    "blockExoticSubdeps: true",
    "strictDepBuilds: true",
  ]) {
    expect(workspace).toContain(setting);
  }
  const lockfile = readFileSync(new URL("pnpm-lock.yaml", ROOT), "utf8");
  const resolutions = lockfile.match(/^ {4}resolution: .*$/gm) ?? [];
  expect(resolutions.length).toBeGreaterThan(50);
  for (const resolution of resolutions) expect(resolution).toMatch(/integrity: sha512-/);
});
