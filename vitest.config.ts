import { configDefaults, type ViteUserConfig } from "vitest/config";
import { Interleaved } from "./scripts/interleaved.js";

/** Siblings are tested from their source: no build is needed, and a stack trace points into it. */
const conditions = ["porthos-source"];

/** The conformance suite of the AMQP transports, a file a broker. */
const CONFORMANCE = "packages/*/test/conformance/*.test.ts";

/** The matrix of faults, a file a fault. */
const FAULTS = "tests/faults/**/*.test.ts";

/** Stop the brokers that the run shares, or change how they are set. */
const OUTAGES = ["tests/faults/{01,02,45,59}-*.test.ts", "tests/migration.test.ts"];

/**
 * Files at a time of the projects that run at the same time. A broker's node needs a core of its own: with three on two cores,
 * tests with deadlines of a second or two fail now and then.
 */
const TOGETHER = 2;

/** The same, of files that have brokers of their own, and mostly wait for them. */
const WITH_OWN_BROKERS = 4;

const config: ViteUserConfig = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    sequence: { sequencer: Interleaved },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          maxWorkers: TOGETHER,
          // What is tested has no state of its own, and a worker for each file costs more than the tests.
          isolate: false,
          // Some compute for a second or two, and longer on a core that they share.
          testTimeout: 20_000,
          include: [
            "packages/*/src/**/*.test.ts",
            "packages/extensions/*/src/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
          typecheck: {
            enabled: true,
            include: ["packages/*/src/**/*.test-d.ts", "packages/extensions/*/src/**/*.test-d.ts"],
            tsconfig: "./tsconfig.json",
            // The check of all types reports what is wrong elsewhere.
            ignoreSourceErrors: true,
          },
        },
      },
      {
        extends: true,
        test: {
          name: "broker",
          include: ["packages/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts", "tests/**/*.test.ts"],
          exclude: [...configDefaults.exclude, CONFORMANCE, FAULTS, ...OUTAGES],
          globalSetup: "tools/brokers/src/vitest-setup.ts",
          testTimeout: 20_000,
          hookTimeout: 60_000,
          maxWorkers: TOGETHER,
        },
      },
      {
        extends: true,
        test: {
          name: "conformance",
          include: [CONFORMANCE],
          globalSetup: "tools/brokers/src/vitest-setup.ts",
          hookTimeout: 60_000,
          maxWorkers: WITH_OWN_BROKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "tools",
          include: ["tools/*/src/**/*.test.ts"],
          globalSetup: "tools/brokers/src/vitest-setup.ts",
          testTimeout: 20_000,
          hookTimeout: 60_000,
          maxConcurrency: 12,
          maxWorkers: WITH_OWN_BROKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: [FAULTS],
          exclude: [...configDefaults.exclude, ...OUTAGES],
          globalSetup: "tools/brokers/src/vitest-setup.ts",
          hookTimeout: 60_000,
          // The tests of a file run at the same time, on all brokers: they mostly wait.
          maxConcurrency: 12,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "outages",
          include: OUTAGES,
          globalSetup: "tools/brokers/src/vitest-setup.ts",
          testTimeout: 20_000,
          hookTimeout: 60_000,
          maxConcurrency: 12,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
};

export default config;
