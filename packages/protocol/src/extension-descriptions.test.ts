import { describe, expect, it } from "vitest";
import { Events } from "./events.js";
import type { ExtensionEntry, ExtensionErrorEvent, ServerEvents } from "./extension.js";
import { ExtensionSet } from "./extension-set.js";
import { extensionHost } from "./extension-testing.js";
import type { ManualClock } from "./manual-clock.js";

function setOf(...entries: readonly ExtensionEntry[]) {
  const events = new Events<ServerEvents>();
  const errors: ExtensionErrorEvent[] = [];
  events.on("extensionError", (error) => errors.push(error));
  const set = new ExtensionSet("createServer", "server", events);
  for (const entry of entries) set.add(entry);
  return { set, errors };
}

const pass = (call: never, next: (call: never) => never): never => next(call);

describe("what a set of extensions says of itself", () => {
  it("names each in the order in which it acts, with phase, methods, events and its own words", () => {
    const { set } = setOf(
      { name: "zip", apiVersion: 1, server: { wire: {} } },
      { name: "user", apiVersion: 1, server: { wrap: { phase: "user", run: pass } } },
      {
        methods: ["admin.*"],
        use: {
          name: "auth",
          apiVersion: 1,
          server: { wrap: { phase: "auth", run: pass }, describe: () => ({ keys: 2 }) },
        },
      },
      { name: "log", apiVersion: 1, server: { observe: { incoming: () => {} } } },
    );
    expect(set.describe("S", [])).toEqual({
      side: "server",
      service: "S",
      transports: [],
      extensions: [
        { name: "log", observes: ["incoming"] },
        { name: "auth", methods: ["admin.*"], phase: "auth", settings: { keys: 2 } },
        { name: "user", phase: "user" },
        { name: "zip", wire: true },
      ],
    });
  });

  it("leaves out, and reports, what one throws instead", () => {
    const error = new Error("no");
    const describeIt = (): never => {
      throw error;
    };
    const { set, errors } = setOf({ name: "a", apiVersion: 1, server: { describe: describeIt } });
    expect(set.describe("S", []).extensions).toEqual([{ name: "a" }]);
    expect(errors).toEqual([{ extension: "a", during: "describe", error }]);
  });
});

describe("the host of an extension", () => {
  it("reports in the extension's name, and describes all", async () => {
    const { set, errors } = setOf({
      name: "shipper",
      apiVersion: 1,
      server: {
        start: (host) => {
          host.report("flush", "away");
          expect(host.describe().extensions).toEqual([{ name: "shipper" }]);
        },
      },
    });
    await set.start([], extensionHost());
    expect(errors).toEqual([{ extension: "shipper", during: "flush", error: "away" }]);
  });
});

describe("an extension that does not start", () => {
  const hanging = (log: string[]) => {
    let go = (): void => {};
    const start = (): Promise<void> =>
      new Promise((resolve) => {
        go = resolve;
      });
    const part = { start, stop: () => void log.push("stopped") };
    return { extension: { name: "slow", apiVersion: 1, server: part } as const, go: () => go() };
  };

  it("fails the start after 10 s, by name, leaves no timer, and is stopped when it starts after all", async () => {
    const log: string[] = [];
    const { extension, go } = hanging(log);
    const { set } = setOf(extension);
    const host = extensionHost();
    const clock = host.clock as ManualClock;
    const starting = set.start([], host);
    const failed = expect(starting).rejects.toMatchObject({
      code: "Config",
      message: 'createServer: extension "slow" did not start within 10000 ms',
    });
    clock.advance(10_000);
    await failed;
    expect(clock.timerCount).toBe(0);
    go();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(["stopped"]);
  });

  it("does not hold a stop that comes meanwhile", async () => {
    const { extension } = hanging([]);
    const { set } = setOf(extension);
    const host = extensionHost();
    const starting = set.start([], host);
    const failed = expect(starting).rejects.toMatchObject({ code: "Closed" });
    await set.stop();
    await failed;
    expect((host.clock as ManualClock).timerCount).toBe(0);
  });
});
