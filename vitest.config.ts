import { configDefaults, type ViteUserConfig } from "vitest/config";

/** Siblings are tested from their source: no build is needed, and a stack trace points into it. */
const conditions = ["porthos-source"];

const config: ViteUserConfig = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
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
          include: [
            "packages/*/test/**/*.test.ts",
            "examples/*/test/**/*.test.ts",
            "tests/**/*.test.ts",
            "tools/*/src/**/*.test.ts",
          ],
          // Its brokers are not provisioned by tools/brokers yet: its tests are run by hand, with
          // PORTHOS_TEST_AMQP10_KINDS and the variables of packages/transport-amqp10/test/broker-under-test.ts.
          exclude: [
            ...configDefaults.exclude,
            ...(process.env["PORTHOS_TEST_AMQP10_KINDS"] === undefined
              ? ["packages/transport-amqp10/test/**"]
              : []),
          ],
          globalSetup: "tools/brokers/src/vitest-setup.ts",
          testTimeout: 20_000,
          hookTimeout: 60_000,
          // A broker's node needs a core of its own: with more files at once, timings of tests become timings of the machine.
          fileParallelism: false,
        },
      },
    ],
  },
};

export default config;
