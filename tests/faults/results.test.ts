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
});

test("the tests of a report are those of all its files", () => {
  const assertionResults = [{ title: "t", fullName: "s t", status: "passed" }];
  const json = JSON.stringify({ testResults: [{ name: "a.test.ts", assertionResults }] });
  expect(testsOf(json)).toEqual([{ file: "a.test.ts", title: "t", fullName: "s t", status: "passed" }]);
});
