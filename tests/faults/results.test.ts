import { expect, test } from "vitest";
import { faultOf } from "./registry.js";
import { Results, type TestResult, testsOf } from "./results.js";
import { titleOf } from "./title.js";

function ran(number: number, carrier: string, status: string): TestResult {
  const title = titleOf(number, carrier, "something holds");
  return { file: "tests/faults/x.test.ts", title, fullName: title, status };
}

test("a cell is kept when its tests passed, failed when one did not, missing when none ran", () => {
  const results = new Results([
    ran(16, "memory", "passed"),
    ran(16, "amqp10 on qpid", "passed"),
    ran(16, "amqp10 on qpid", "failed"),
    ran(17, "amqp10 on artemis", "passed"),
    ran(16, "amqp10 on artemis", "skipped"),
  ]);
  const fault = faultOf(16);
  expect(results.state(fault, "memory")).toBe("kept");
  expect(results.state(fault, "amqp10 on qpid")).toBe("failed");
  expect(results.state(fault, "amqp10 on artemis")).toBe("missing");
  expect(results.state(fault, "amqp091 on qpid")).toBe("not in this run");
  expect(results.counts()).toMatchObject({ kept: 2, failed: 1 });
  expect(results.holes()).toContain("16 on amqp10 on artemis");
  expect(results.holes()).not.toContain("16 on memory");
});

test("of a run of some files, faults that have no test in them are not in this run", () => {
  const tests = [ran(16, "memory", "passed"), ran(16, "amqp10 on qpid", "skipped")];
  const results = new Results(tests, { isWhole: false });
  expect(results.state(faultOf(16), "amqp10 on qpid")).toBe("missing");
  expect(results.state(faultOf(17), "memory")).toBe("not in this run");
  expect(new Results(tests).state(faultOf(17), "memory")).toBe("missing");
});

test("a test elsewhere counts on the carriers of the registry, or on the one that it names", () => {
  const file = "/somewhere/tests/cross-protocol.test.ts";
  const title = "every status arrives as it was";
  const run = (fullName: string) =>
    new Results([ran(16, "amqp10 on rabbitmq-4.0", "passed"), { file, title, fullName, status: "passed" }]);
  const fault = faultOf(65);
  expect(run(`RabbitMQ 4.0.5 ${title}`).state(fault, "amqp10 on rabbitmq-4.0")).toBe("kept");
  expect(run(`calls over amqp10 on qpid ${title}`).state(fault, "amqp10 on rabbitmq-4.0")).toBe("missing");
  expect(run(`amqp091 on rabbitmq-4.0 ${title}`).state(fault, "amqp10 on rabbitmq-4.0")).toBe("missing");
});

test("the tests of a report are those of all its files", () => {
  const assertionResults = [{ title: "t", fullName: "s t", status: "passed" }];
  const json = JSON.stringify({ testResults: [{ name: "a.test.ts", assertionResults }] });
  expect(testsOf(json)).toEqual([{ file: "a.test.ts", title: "t", fullName: "s t", status: "passed" }]);
});
