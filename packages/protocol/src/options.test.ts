import { describe, expect, it } from "vitest";
import {
  checkBoolean,
  checkDuration,
  checkInteger,
  checkKnown,
  checkOneOf,
  checkText,
  MAX_DURATION_MS,
  wrong,
} from "./options.js";

const SECRET = "amqp://user:s3cret@host";
/** One of each type, none of which any check below takes; each text among them is a secret. */
const STRANGERS: [string, unknown][] = [
  ["null", null],
  ["a text", SECRET],
  ["an empty text", ""],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-1", -1],
  ["a bigint", 1n],
  ["a symbol", Symbol(SECRET)],
  ["a function", () => SECRET],
  ["an array", [SECRET]],
  ["an object", { [SECRET]: SECRET }],
];

/** The message of the TypeError that it throws. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  throw new Error("it was not refused");
}

describe("checkKnown", () => {
  const known = ["transport", "timeoutMs"];

  it("takes the options that there are, and none", () => {
    expect(() => checkKnown("createClient", { timeoutMs: 1 }, known)).not.toThrow();
    expect(() => checkKnown("createClient", {}, known)).not.toThrow();
  });

  it("refuses an option that does not exist, by name, with those that do", () => {
    expect(refusal(() => checkKnown("createClient", { timeoutMS: SECRET }, known))).toBe(
      'createClient: unknown option "timeoutMS"; the options are transport, timeoutMs',
    );
  });

  it("refuses __proto__ and constructor too", () => {
    const options: unknown = JSON.parse('{"__proto__": 1}');
    expect(refusal(() => checkKnown("createClient", options, known))).toContain('unknown option "__proto__"');
    expect(refusal(() => checkKnown("createClient", { constructor: 1 }, known))).toContain('"constructor"');
  });

  it.each([...STRANGERS.filter(([kind]) => kind !== "an object"), ["undefined", undefined] as const])(
    "refuses %s for options",
    (kind, value) => {
      const message = refusal(() => checkKnown("createClient", value, known));
      expect(message).toBe(`createClient: expected an object of options, got ${kind}`);
    },
  );
});

describe("checkInteger", () => {
  const bounds = { min: 1, max: 100, fallback: 10 };

  it.each([1, 50, 100])("takes %d within its bounds", (value) => {
    expect(checkInteger("createServer", "maxInFlight", value, bounds)).toBe(value);
  });

  it("falls back where it is undefined", () => {
    expect(checkInteger("createServer", "maxInFlight", undefined, bounds)).toBe(10);
  });

  it.each([
    ...STRANGERS,
    ["0", 0] as const,
    ["101", 101] as const,
    ["1.5", 1.5] as const,
    ["true", true] as const,
  ])("refuses %s, naming the option and its bounds", (found, value) => {
    expect(refusal(() => checkInteger("createServer", "maxInFlight", value, bounds))).toBe(
      `createServer: option "maxInFlight" must be a whole number from 1 to 100, got ${found}`,
    );
  });
});

describe("checkDuration", () => {
  it.each([0.5, 1, MAX_DURATION_MS])("takes %d ms", (value) => {
    expect(checkDuration("createClient", "timeoutMs", value, 10)).toBe(value);
  });

  it("falls back where it is undefined, if there is a fallback", () => {
    expect(checkDuration("createClient", "timeoutMs", undefined, 10)).toBe(10);
    expect(refusal(() => checkDuration("withTimeout", "timeoutMs", undefined))).toContain("got undefined");
  });

  it.each([
    ...STRANGERS,
    ["0", 0] as const,
    ["2147483648", MAX_DURATION_MS + 1] as const,
    ["false", false] as const,
  ])("refuses %s, naming the option and its bounds", (found, value) => {
    expect(refusal(() => checkDuration("createClient", "timeoutMs", value, 10))).toBe(
      `createClient: option "timeoutMs" must be a time in milliseconds, more than 0 and at most 2147483647, got ${found}`,
    );
  });

  it("knows no longer time than a timer can hold", () => {
    expect(MAX_DURATION_MS).toBe(2 ** 31 - 1);
  });
});

describe("checkText", () => {
  it.each(["a", "x".repeat(10), "é".repeat(5)])("takes %j of at most 10 bytes", (value) => {
    expect(checkText("createClient", "service", value, 10)).toBe(value);
  });

  it("refuses a text that is longer in UTF-8, telling its length and not its content", () => {
    const message = 'createClient: option "service" must be a text of at most 10 bytes, got 12';
    expect(refusal(() => checkText("createClient", "service", "é".repeat(6), 10))).toBe(message);
  });

  it.each([
    ...STRANGERS.filter(([kind]) => kind !== "a text"),
    ["undefined", undefined] as const,
    ["7", 7] as const,
  ])("refuses %s, naming the option", (found, value) => {
    expect(refusal(() => checkText("createClient", "service", value, 255))).toBe(
      `createClient: option "service" must be a text that is not empty, got ${found}`,
    );
  });
});

describe("checkBoolean", () => {
  it("takes true and false, and falls back where it is undefined", () => {
    expect(checkBoolean("createServer", "autoAck", true, false)).toBe(true);
    expect(checkBoolean("createServer", "autoAck", false, true)).toBe(false);
    expect(checkBoolean("createServer", "autoAck", undefined, true)).toBe(true);
  });

  it.each([...STRANGERS, ["1", 1] as const, ["0", 0] as const])(
    "refuses %s, naming the option",
    (found, value) => {
      expect(refusal(() => checkBoolean("createServer", "autoAck", value, false))).toBe(
        `createServer: option "autoAck" must be true or false, got ${found}`,
      );
    },
  );
});

describe("checkOneOf", () => {
  const choices = ["wait", "fail"] as const;

  it("takes each of the choices, and falls back where it is undefined", () => {
    expect(checkOneOf("createClient", "whenDown", "fail", choices, "wait")).toBe("fail");
    expect(checkOneOf("createClient", "whenDown", undefined, choices, "wait")).toBe("wait");
  });

  it.each([...STRANGERS, ["a text", "WAIT"] as const])(
    "refuses %s, naming the option and the choices",
    (found, value) => {
      expect(refusal(() => checkOneOf("createClient", "whenDown", value, choices, "wait"))).toBe(
        `createClient: option "whenDown" must be one of wait, fail, got ${found}`,
      );
    },
  );
});

describe("wrong", () => {
  it.each(STRANGERS)("shows no text, for it may be a secret: %s", (found, value) => {
    const error = wrong("connect", "url", "a URL", value);
    expect(error.message).toBe(`connect: option "url" must be a URL, got ${found}`);
    expect(`${error.stack}${JSON.stringify(error)}`).not.toContain("s3cret");
  });
});
