/** What the packages of one folder may use. Names without a scope are packages of this repository. */
export type Layer = {
  /** The folder, from the root; `*` is any one name. */
  readonly folder: string;
  /** Packages of this repository that its source may import. */
  readonly imports: readonly string[] | "every published package";
  /** Those that it may import dynamically only, as optional peers. */
  readonly dynamicImports?: readonly string[];
  /** Other people's packages: by name, or how many of its own choice. */
  readonly libraries: readonly string[] | { readonly atMost: number } | "any";
  /** Packages of this repository that its tests may import as well. */
  readonly testsImport?: readonly string[];
};

/** Arrows point one way: protocol <- contract, transports, extensions <- client, server <- connect, cli, console. */
export const LAYERS: readonly Layer[] = [
  { folder: "packages/protocol", imports: [], libraries: ["mitt"], testsImport: ["fuzz"] },
  { folder: "packages/contract", imports: ["protocol"], libraries: ["@standard-schema/spec"] },
  {
    folder: "packages/transport-memory",
    imports: ["protocol"],
    libraries: ["mitt"],
    testsImport: ["transport-testkit"],
  },
  {
    folder: "packages/transport-amqp091",
    imports: ["protocol"],
    libraries: ["amqplib"],
    testsImport: ["transport-testkit", "brokers", "fuzz"],
  },
  {
    folder: "packages/transport-amqp10",
    imports: ["protocol"],
    libraries: ["rhea"],
    testsImport: ["transport-testkit", "brokers", "fuzz"],
  },
  { folder: "packages/transport-testkit", imports: ["protocol"], libraries: ["vitest"] },
  {
    folder: "packages/client",
    imports: ["protocol", "contract"],
    libraries: [],
    testsImport: ["transport-memory"],
  },
  {
    folder: "packages/server",
    imports: ["protocol", "contract"],
    libraries: [],
    testsImport: ["transport-memory"],
  },
  {
    folder: "packages/connect",
    imports: ["protocol"],
    dynamicImports: ["transport-memory", "transport-amqp091", "transport-amqp10"],
    libraries: [],
    testsImport: ["transport-memory", "transport-amqp091", "transport-amqp10"],
  },
  // Two forms, a library each.
  {
    folder: "packages/extensions/serialization",
    imports: ["protocol"],
    libraries: ["@msgpack/msgpack", "cborg"],
  },
  {
    folder: "packages/extensions/*",
    imports: ["protocol"],
    libraries: { atMost: 1 },
    testsImport: ["transport-memory"],
  },
  { folder: "packages/cli", imports: "every published package", libraries: "any" },
  { folder: "apps/*", imports: "every published package", libraries: "any" },
  { folder: "examples/*", imports: "every published package", libraries: "any", testsImport: ["brokers"] },
  { folder: "tests", imports: "every published package", libraries: "any", testsImport: ["brokers"] },
  { folder: "benchmarks", imports: "every published package", libraries: "any", testsImport: ["brokers"] },
  { folder: "tools/ledger", imports: "every published package", libraries: "any", testsImport: ["brokers"] },
  { folder: "tools/*", imports: [], libraries: "any" },
];

/** Doors of a package that not everybody may use: which folders' source may. Tests may use every door. */
export const DOORS: Readonly<Record<string, readonly string[]>> = {
  "protocol/driver": ["packages/transport-*", "examples/transport-*"],
  "protocol/testing": ["packages/transport-testkit"],
  "server/testing": ["examples/*"],
};

/** Every name of this repository stands in this scope. */
export const SCOPE = "@porthos-rpc/";
