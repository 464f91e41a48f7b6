import { afterEach, expect, test, vi } from "vitest";
import { BROKER_NAMES } from "./catalogue.js";
import { chosenBrokers } from "./chosen-brokers.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("PORTHOS_BROKERS narrows a run to the brokers that it names", () => {
  vi.stubEnv("PORTHOS_BROKERS", "rabbitmq-3.10, artemis");
  expect(chosenBrokers()).toEqual(["rabbitmq-3.10", "artemis"]);
});

test("without it a run uses all", () => {
  vi.stubEnv("PORTHOS_BROKERS", "");
  expect(chosenBrokers()).toBe(BROKER_NAMES);
});

test("a name that no broker has fails, and those that there are are told", () => {
  vi.stubEnv("PORTHOS_BROKERS", "rabbitmq");
  expect(chosenBrokers).toThrow(
    'No broker is called "rabbitmq"; there are rabbitmq-3.10, rabbitmq-4.0, rabbitmq-4.3, artemis, qpid',
  );
});
