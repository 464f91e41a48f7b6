import { describe, expect, it } from "vitest";
import { ARGS, readSettings } from "./settings.js";

const DEFAULTS = Object.fromEntries(
  Object.entries(ARGS).flatMap(([name, arg]) => ("default" in arg ? [[name, arg.default]] : [])),
);

describe("the options of the command", () => {
  it("have defaults", () => {
    expect(readSettings(DEFAULTS)).toEqual({
      broker: "rabbitmq-4.3",
      protocol: undefined,
      seeds: [1],
      durationMs: 60_000,
      clients: 8,
      servers: 3,
      rate: 330,
      drain: undefined,
      keep: undefined,
      judge: undefined,
    });
  });

  it("say how long, and which seeds", () => {
    const settings = readSettings({ ...DEFAULTS, minutes: "10", seed: "7", seeds: "3" });
    expect(settings).toMatchObject({ durationMs: 600_000, seeds: [7, 8, 9] });
  });

  it("may ask for a drain, which takes as long as its restarts", () => {
    const settings = readSettings({ ...DEFAULTS, drain: "100" });
    expect(settings).toMatchObject({ durationMs: 303_000, drain: { restarts: 100, intervalMs: 3_000 } });
  });

  it.each([
    [{ broker: "kafka" }, "--broker: expected one of rabbitmq-3.10"],
    [{ protocol: "http" }, '--protocol: expected one of amqp091, amqp10, got "http"'],
    [{ seed: "seven" }, '--seed: expected a number, 0 or more, got "seven"'],
    [{ clients: "0" }, '--clients: expected a number, 1 or more, got "0"'],
    [{ seconds: "1" }, '--seconds: expected a number, 5 or more, got "1"'],
    [{ color: "red" }, "--color: there is no such option"],
  ])("fail at once when they are wrong: %j", (wrong, message) => {
    expect(() => readSettings({ ...DEFAULTS, ...wrong })).toThrow(message);
  });
});
