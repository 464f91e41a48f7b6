import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Consumer, NODE_TYPES } from "./consumer.js";
import { SIZE_BUDGETS } from "./size-budgets.js";
import { packAll, root, type Tarballs } from "./tarballs.js";
import { Template } from "./template.js";

const PINO_BRINGS = [
  "@pinojs/redact",
  "atomic-sleep",
  "on-exit-leak-free",
  "pino-abstract-transport",
  "pino-std-serializers",
  "process-warning",
  "quick-format-unescaped",
  "real-require",
  "safe-stable-stringify",
  "sonic-boom",
  "split2",
  "thread-stream",
];

/** Types only, and the package that reads contracts. */
const CONTRACT_BRINGS = ["@porthos-rpc/contract", "@standard-schema/spec"];

/** What may be in node_modules after installing these packages: nothing but what is written here. */
const PROGRAMS = [
  {
    title: "a client on the memory transport",
    packages: ["@porthos-rpc/client", "@porthos-rpc/transport-memory"],
    brings: [...CONTRACT_BRINGS, "@porthos-rpc/protocol", "mitt"],
    // No Node types: these packages run in a browser.
    options: { lib: ["ES2023", "ESNext.Disposable", "DOM"], types: [] },
  },
  {
    title: "a client on AMQP 0-9-1 that tries again",
    packages: ["@porthos-rpc/client", "@porthos-rpc/transport-amqp091", "@porthos-rpc/extension-retry"],
    brings: [...CONTRACT_BRINGS, "@porthos-rpc/protocol", "mitt", "amqplib"],
    options: { lib: ["ES2023", "ESNext.Disposable"], ...NODE_TYPES },
  },
  {
    title: "a server on AMQP 0-9-1 with an access log",
    packages: ["@porthos-rpc/server", "@porthos-rpc/transport-amqp091", "@porthos-rpc/extension-access-log"],
    brings: [...CONTRACT_BRINGS, "@porthos-rpc/protocol", "mitt", "amqplib", "pino", ...PINO_BRINGS],
    options: { lib: ["ES2023", "ESNext.Disposable"], ...NODE_TYPES },
  },
  {
    title: "a client and a server on AMQP 1.0, with metrics and specs",
    packages: [
      "@porthos-rpc/client",
      "@porthos-rpc/server",
      "@porthos-rpc/transport-amqp10",
      "@porthos-rpc/extension-metrics",
      "@porthos-rpc/extension-specs",
    ],
    brings: [...CONTRACT_BRINGS, "@porthos-rpc/protocol", "mitt", "rhea", "debug", "ms"],
    options: { lib: ["ES2023", "ESNext.Disposable"], ...NODE_TYPES },
  },
];

const COMPILERS = { "7.0": "typescript", "5.9": "typescript-5.9" };

let tarballs: Tarballs;

beforeAll(() => {
  tarballs = packAll();
}, 120_000);

afterAll(() => {
  rmSync(tarballs.folder, { recursive: true });
});

test("a tarball holds the licence, the readme, the build and its source, and no tests", () => {
  for (const [name, file] of Object.entries(tarballs.files)) {
    const list = execFileSync("tar", ["tzf", file], { encoding: "utf8" }).trim().split("\n");
    const needed = ["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts", "src/index.ts"];
    const missing = needed.filter((path) => !list.includes(`package/${path}`));
    const unwanted = list.filter((path) => /\.test(-d)?\.ts$|tsconfig|node_modules/.test(path));
    expect({ name, missing, unwanted }).toEqual({ name, missing: [], unwanted: [] });
  }
});

test("an extension weighs no more than its budget", () => {
  const folder = join(root, "packages/extensions");
  const weights = readdirSync(folder).map((name) => ({
    name,
    bytes: gzipSync(readFileSync(join(folder, name, "dist/index.js"))).length,
    budget: SIZE_BUDGETS[name],
  }));
  const tooHeavy = weights.filter(({ bytes, budget }) => budget === undefined || bytes > budget);
  expect(tooHeavy).toEqual([]);
});

describe("the template of an extension, copied by somebody else", () => {
  let template: Template;

  beforeAll(() => {
    template = new Template("extension", tarballs);
  }, 120_000);

  afterAll(() => {
    rmSync(template.folder, { recursive: true });
  });

  test("builds, keeps its promises, and is packed with what its users need and nothing else", {
    timeout: 120_000,
  }, () => {
    template.npm("run", "build");
    expect(template.npm("test")).toMatch(/^# fail 0$|ℹ fail 0/m);
    const [packed] = JSON.parse(template.npm("pack", "--dry-run", "--json", "--ignore-scripts")) as [
      { readonly files: readonly { readonly path: string }[] },
    ];
    expect(packed.files.map(({ path }) => path).sort()).toEqual([
      "README.md",
      "dist/index.d.ts",
      "dist/index.js",
      "dist/tenant.d.ts",
      "dist/tenant.js",
      "package.json",
    ]);
  });
});

describe.each(PROGRAMS)("$title", ({ packages, brings, options }) => {
  let consumer: Consumer;

  beforeAll(() => {
    consumer = new Consumer(packages, tarballs);
  }, 120_000);

  afterAll(() => {
    rmSync(consumer.folder, { recursive: true });
  });

  test("installs nothing but the packages and what they declare", () => {
    expect(consumer.installed()).toEqual([...packages, ...brings].sort());
  });

  test("imports every entry, and requires it with the same names", () => {
    const imported = consumer.exportedNames("import");
    expect(Object.keys(imported)).toEqual(consumer.entries);
    expect(consumer.exportedNames("require")).toEqual(imported);
  });

  test("calls each class what it is exported as, since Node prints that name", () => {
    const classes = Object.values(consumer.classNames()).flatMap((each) => Object.entries(each));
    expect(classes.map(([exported]) => exported)).toContain("RpcError");
    expect(classes.filter(([exported, name]) => exported !== name)).toEqual([]);
  });

  test.each(Object.entries(COMPILERS))(
    "type-checks under TypeScript %s, its libraries included",
    { timeout: 60_000 },
    (_version, name) => {
      expect(consumer.typeErrors(compilerFolder(name), options)).toBe("");
    },
  );
});

function compilerFolder(name: string): string {
  return join(root, name === "typescript" ? "node_modules" : "tests/node_modules", name);
}
