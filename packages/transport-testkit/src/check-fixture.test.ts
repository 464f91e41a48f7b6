import { describe, expect, test } from "vitest";
import { checkFixture } from "./check-fixture.js";
import type { TransportFixture, WaitOptions } from "./fixture.js";

const create = (): never => {
  throw new Error("nobody asks for it");
};

describe("a fixture", () => {
  test("may have everything that there is", () => {
    const fixture: TransportFixture = {
      create,
      broker: { cut: () => {} },
      features: { topics: true },
      limits: { maxMessageBytes: 1 },
    };
    expect(() => checkFixture("describeTransport", fixture, { quietMs: 20 })).not.toThrow();
  });

  test.each<[unknown, WaitOptions, string]>([
    [{ create, features: { topic: true } }, {}, 'features: unknown option "topic"; the options are'],
    [{ create, broker: { kut: () => {} } }, {}, 'broker: unknown option "kut"; the options are'],
    [{ create, limits: { maxBytes: 1 } }, {}, 'limits: unknown option "maxBytes"; the options are'],
    [{ create, knownFailure: {} }, {}, 'unknown option "knownFailure"; the options are'],
    [{ create }, { quiet: 1 } as WaitOptions, 'waits: unknown option "quiet"; the options are'],
    [{}, {}, 'option "create" must be a function that makes a transport, got undefined'],
    [undefined, {}, "expected an object of options, got undefined"],
  ])("with a slip in it is refused, by name (%#)", (fixture, waits, text) => {
    expect(() => checkFixture("describeTransport", fixture as TransportFixture, waits)).toThrow(text);
  });
});
