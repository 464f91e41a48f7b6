import { afterEach, expect, test, vi } from "vitest";
import { CATALOGUE } from "./catalogue.js";
import { foreign } from "./foreign.js";
import { testVariable } from "./test-variable.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a broker's variable has its name without punctuation, and the protocol's", () => {
  expect(testVariable("rabbitmq-4.3", "amqp10")).toBe("PORTHOS_TEST_RABBITMQ43_AMQP10_URL");
  expect(testVariable("artemis", "amqp10")).toBe("PORTHOS_TEST_ARTEMIS_AMQP10_URL");
});

test("without a URL in the environment the variables are named that could hold one", async () => {
  expect(await foreign(CATALOGUE["rabbitmq-4.0"]()).obstacle()).toBe(
    "PORTHOS_TEST_RABBITMQ40_AMQP091_URL and PORTHOS_TEST_RABBITMQ40_AMQP10_URL not set",
  );
});

test("a URL where nobody answers is a failure, and no reason to use another broker", async () => {
  vi.stubEnv("PORTHOS_TEST_QPID_AMQP10_URL", "amqp10://127.0.0.1:9");
  const way = foreign(CATALOGUE.qpid());
  expect(way).toMatchObject({
    origin: "PORTHOS_TEST_QPID_AMQP10_URL",
    urls: { amqp10: "amqp10://127.0.0.1:9" },
  });
  expect(await way.obstacle()).toBeUndefined();
  await expect(way.start()).rejects.toThrow(/ECONNREFUSED/);
});
