import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { checkWorkspace } from "./check-workspace.js";

const roots: string[] = [];

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

const manifests = {
  "packages/protocol/package.json": manifest("protocol", {
    exports: { ".": {}, "./driver": {}, "./testing": {} },
  }),
  "packages/client/package.json": manifest("client", {
    dependencies: { "@porthos-rpc/protocol": "workspace:^" },
    devDependencies: { "@porthos-rpc/transport-memory": "workspace:^" },
  }),
  "packages/transport-memory/package.json": manifest("transport-memory", {
    dependencies: { "@porthos-rpc/protocol": "workspace:^" },
  }),
  "packages/connect/package.json": manifest("connect", {
    dependencies: { "@porthos-rpc/protocol": "workspace:^" },
    peerDependencies: { "@porthos-rpc/transport-memory": "workspace:^" },
  }),
};

function manifest(name: string, more: object): string {
  return JSON.stringify({ name: `@porthos-rpc/${name}`, exports: { ".": {} }, ...more }, null, 2);
}

/** Writes a repository of these files and tells its violations as `file:line text`. */
function violationsOf(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "layers-"));
  roots.push(root);
  for (const [path, text] of Object.entries({ ...manifests, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkWorkspace(root).violations.map(({ file, line, text }) => `${file}:${line} ${text}`);
}

test("a tree that keeps the rules has no violation", () => {
  const violations = violationsOf({
    "packages/client/src/client.ts":
      'import { x } from "@porthos-rpc/protocol";\nimport { y } from "./y.js";',
    "packages/client/src/client.test.ts": 'import { memory } from "@porthos-rpc/transport-memory";',
    "packages/transport-memory/src/index.ts": 'import { z } from "@porthos-rpc/protocol/driver";',
    "packages/connect/src/index.ts": 'const load = () => import("@porthos-rpc/transport-memory");',
  });
  expect(violations).toEqual([]);
});

test.each([
  [
    "an import against the arrows",
    "packages/client/src/a.ts",
    '\nimport "@porthos-rpc/connect";',
    "may import protocol, contract",
  ],
  [
    "a type import against the arrows",
    "packages/protocol/src/a.ts",
    '\nimport type { C } from "@porthos-rpc/client";',
    "may import no package",
  ],
  [
    "an import type against the arrows",
    "packages/protocol/src/a.ts",
    '\ntype C = import("@porthos-rpc/client").C;',
    "may import no package",
  ],
  [
    "a re-export against the arrows",
    "packages/protocol/src/a.ts",
    '\nexport { c } from "@porthos-rpc/client";',
    "may import no package",
  ],
  [
    "a dev-dependency in source",
    "packages/client/src/a.ts",
    '\nimport "@porthos-rpc/transport-memory";',
    "may import protocol, contract",
  ],
  [
    "an optional peer imported statically",
    "packages/connect/src/a.ts",
    '\nimport "@porthos-rpc/transport-memory";',
    "and dynamically",
  ],
  [
    "a deep import",
    "packages/client/src/a.ts",
    '\nimport "@porthos-rpc/protocol/src/errors.js";',
    "does not export ./src/errors.js",
  ],
  [
    "a door that is not the layer's",
    "packages/client/src/a.ts",
    '\nimport "@porthos-rpc/protocol/driver";',
    "only for tests and",
  ],
  [
    "a relative import into another package",
    "packages/client/src/a.ts",
    '\nimport "../../protocol/src/a.js";',
    "leaves the package",
  ],
  [
    "a package of its own name",
    "packages/client/src/a.ts",
    '\nimport "@porthos-rpc/client";',
    "this package itself",
  ],
  ["a library that is not declared", "packages/client/src/a.ts", '\nimport "mitt";', "does not declare"],
  [
    "a test that imports what only others may",
    "packages/client/src/a.test.ts",
    '\nimport "@porthos-rpc/connect";',
    "may import besides: transport-memory",
  ],
])("%s is a violation with its line", (_title, file, source, rule) => {
  const violations = violationsOf({ [file]: source });
  expect(violations.length).toBeGreaterThan(0);
  expect(violations[0]).toContain(`${file}:2 `);
  expect(violations.join("\n")).toContain(rule);
});

test.each([
  ["dependencies", "@porthos-rpc/client", "depends on @porthos-rpc/client"],
  ["dependencies", "lodash", "depends on lodash"],
  ["devDependencies", "@porthos-rpc/client", "has the dev-dependency @porthos-rpc/client"],
])("%s on %s in a transport's manifest is a violation with its line", (section, name, rule) => {
  const file = "packages/transport-memory/package.json";
  const violations = violationsOf({ [file]: manifest("transport-memory", { [section]: { [name]: "1" } }) });
  expect(violations).toEqual([expect.stringMatching(new RegExp(`^${file}:7 .*${rule}`))]);
});

test("a second library in an extension is a violation", () => {
  const dependencies = { "@porthos-rpc/protocol": "workspace:^", one: "1", two: "2" };
  const violations = violationsOf({
    "packages/extensions/x/package.json": manifest("extension-x", { dependencies }),
  });
  expect(violations.join()).toContain("has 2 libraries (one, two); at most 1");
});

test("a package that nobody put into the table is a violation", () => {
  const violations = violationsOf({ "packages/helpers/package.json": manifest("helpers", {}) });
  expect(violations).toEqual([
    "packages/helpers/package.json:1 packages/helpers has no row in the table of layers",
  ]);
});
