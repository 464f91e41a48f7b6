import { describe, expect, it } from "vitest";
import { Events } from "./events.js";
import type { Extension, ExtensionErrorEvent, ServerCall, ServerEvents } from "./extension.js";
import { ExtensionSet, type SharedHost } from "./extension-set.js";
import { extensionHost } from "./extension-testing.js";
import { ManualClock } from "./manual-clock.js";
import { NO_BODY } from "./message.js";
import type { Transport } from "./transport.js";
import type { ResponseEnvelope } from "./wire.js";

const transport = {
  name: "fake",
  features: {
    confirmedSends: true,
    unroutableSends: true,
    unroutableReplies: true,
    expiry: true,
    typedHeaders: true,
    nestedHeaders: true,
    topics: false,
  },
} as unknown as Transport;
const host: SharedHost = extensionHost({ service: "S", transports: [transport] });
const response: ResponseEnvelope = {
  statusCode: 200,
  contentType: undefined,
  body: NO_BODY,
  headers: undefined,
};
const call = { service: "S", method: "m" } as ServerCall;

function setup(...extensions: readonly Extension[]) {
  const events = new Events<ServerEvents>();
  const errors: ExtensionErrorEvent[] = [];
  events.on("extensionError", (error) => errors.push(error));
  const set = new ExtensionSet("createServer", "server", events);
  for (const extension of extensions) set.add(extension);
  return { events, errors, set };
}

/** One that writes down its start and stop. */
function logging(log: string[], name: string, more: Extension["server"] = {}): Extension {
  return {
    name,
    apiVersion: 1,
    server: {
      start: () => {
        log.push(`start ${name}`);
      },
      stop: () => {
        log.push(`stop ${name}`);
      },
      ...more,
    },
  };
}

describe("ExtensionSet: adding", () => {
  it("counts what was added, whatever it does here", () => {
    const { set } = setup({ name: "a", apiVersion: 1 }, { name: "b", apiVersion: 1, client: {}, server: {} });
    expect(set.size).toBe(2);
  });

  it("refuses what is no extension, and a second one of the same name", () => {
    const { set } = setup({ name: "a", apiVersion: 1 });
    expect(() => set.add(undefined as unknown as Extension)).toThrow("expected an extension");
    expect(() => set.add({ name: "a", apiVersion: 1 })).toThrow('"a" was added twice');
    expect(set.size).toBe(1);
  });

  it("knows whether the transport's features matter", () => {
    expect(setup({ name: "a", apiVersion: 1, needs: [] }).set.needsFeatures).toBe(false);
    expect(setup({ name: "a", apiVersion: 1, needs: ["topics"] }).set.needsFeatures).toBe(true);
  });

  it("composes the parts of its own side only", () => {
    const wrap = { phase: "user", run: () => response } as const;
    const innermost = (): ResponseEnvelope => response;
    const client = setup({
      name: "a",
      apiVersion: 1,
      server: {},
      client: { wrap, wire: { outgoing: (m) => m } },
    });
    expect(client.set.compose(innermost)).toBe(innermost);
    expect(client.set.composeWire()).toEqual({ outgoing: undefined, incoming: undefined });
    const server = setup({ name: "a", apiVersion: 1, server: { wrap } });
    expect(server.set.compose(innermost)).not.toBe(innermost);
  });
});

describe("ExtensionSet: start and stop", () => {
  it("starts one after the other in their order, with their host, and stops them in reverse", async () => {
    const log: string[] = [];
    const slow = logging(log, "a", {
      start: async (given) => {
        expect(given).toMatchObject({
          service: "S",
          side: "server",
          clock: host.clock,
          transports: [transport],
        });
        await Promise.resolve();
        log.push("start a");
      },
    });
    const { set, errors } = setup(slow, logging(log, "b"), logging(log, "c"));
    await set.start([transport], host);
    expect(log).toEqual(["start a", "start b", "start c"]);
    await set.stop();
    expect(log.slice(3)).toEqual(["stop c", "stop b", "stop a"]);
    await set.stop();
    expect(log).toHaveLength(6);
    expect(errors).toEqual([]);
  });

  it("calls start and stop as methods of their part", async () => {
    class Part {
      running = false;
      start(): void {
        this.running = true;
      }
      stop(): void {
        this.running = false;
      }
    }
    const part = new Part();
    const { set } = setup({ name: "a", apiVersion: 1, server: part });
    await set.start([transport], host);
    expect(part.running).toBe(true);
    await set.stop();
    expect(part.running).toBe(false);
  });

  it("stops, in reverse, those that were started when one fails, and fails with what it threw", async () => {
    const log: string[] = [];
    const failure = new Error("port in use");
    const broken = logging(log, "c", {
      start: () => {
        throw failure;
      },
    });
    const { set } = setup(logging(log, "a"), logging(log, "b"), broken, logging(log, "d"));
    await expect(set.start([transport], host)).rejects.toBe(failure);
    expect(log).toEqual(["start a", "start b", "stop b", "stop a"]);
  });

  it("starts again after a failed start, each extension observing once", async () => {
    const heard: string[] = [];
    let fail = true;
    const { set, events } = setup(
      { name: "a", apiVersion: 1, server: { observe: { incoming: () => heard.push("incoming") } } },
      {
        name: "b",
        apiVersion: 1,
        server: {
          start: () => {
            if (fail) throw new Error("not yet");
          },
        },
      },
    );
    await expect(set.start([transport], host)).rejects.toThrow("not yet");
    fail = false;
    await set.start([transport], host);
    events.emit("incoming", { call });
    expect(heard).toEqual(["incoming"]);
  });

  it("starts nothing when the transport lacks what one needs", async () => {
    const log: string[] = [];
    const { set } = setup(logging(log, "a"), { name: "b", apiVersion: 1, needs: ["topics"] });
    await expect(set.start([transport], host)).rejects.toThrow(
      new TypeError('createServer: extension "b" needs "topics", which transport "fake" does not have'),
    );
    expect(log).toEqual([]);
  });

  it("reports what a stop throws or rejects with, and stops the others", async () => {
    const log: string[] = [];
    const thrown = new Error("thrown");
    const rejected = new Error("rejected");
    const { set, errors } = setup(
      logging(log, "a"),
      logging(log, "b", { stop: () => Promise.reject(rejected) }),
      logging(log, "c", {
        stop: () => {
          throw thrown;
        },
      }),
    );
    await set.start([transport], host);
    await set.stop();
    expect(log).toEqual(["start a", "start b", "start c", "stop a"]);
    expect(errors).toEqual([
      { extension: "c", during: "stop", error: thrown },
      { extension: "b", during: "stop", error: rejected },
    ]);
  });

  it("starts no further and stops what was started when it is stopped during the start", async () => {
    const log: string[] = [];
    let go: () => void = () => {};
    const slow = logging(log, "b", {
      start: () =>
        new Promise((resolve) => {
          go = resolve;
        }),
    });
    const { set } = setup(logging(log, "a"), slow, logging(log, "c"));
    const start = set.start([transport], host);
    await Promise.resolve();
    await set.stop();
    expect(log).toEqual(["start a", "stop a"]);
    go();
    await expect(start).rejects.toMatchObject({ code: "Closed" });
    expect(log).toEqual(["start a", "stop a", "stop b"]);
  });
});

describe("ExtensionSet: observing", () => {
  it("brings events to observers from the start until the stop", async () => {
    const heard: unknown[] = [];
    const { set, events } = setup({
      name: "a",
      apiVersion: 1,
      server: { observe: { outgoing: (event) => heard.push(event), incoming: undefined as never } },
    });
    const event = { call, response, elapsedMs: 1 };
    events.emit("outgoing", event);
    expect(heard).toEqual([]);
    await set.start([transport], host);
    events.emit("outgoing", event);
    events.emit("incoming", { call });
    expect(heard).toEqual([event]);
    await set.stop();
    events.emit("outgoing", event);
    expect(heard).toEqual([event]);
    expect(events.has("outgoing")).toBe(false);
  });

  it("lets an extension hear what happens while it stops", async () => {
    const heard: unknown[] = [];
    const { set, events } = setup({
      name: "a",
      apiVersion: 1,
      server: {
        observe: { incoming: () => heard.push("incoming") },
        stop: () => events.emit("incoming", { call }),
      },
    });
    await set.start([transport], host);
    await set.stop();
    expect(heard).toEqual(["incoming"]);
  });

  it("calls observers as methods of their object", async () => {
    class Counter {
      count = 0;
      incoming(): void {
        this.count++;
      }
    }
    const observe = new Counter();
    // A class's methods are on its prototype: here they are named, as a user would.
    const own = Object.assign(observe, { incoming: observe.incoming });
    const { set, events } = setup({ name: "a", apiVersion: 1, server: { observe: own } });
    await set.start([transport], host);
    events.emit("incoming", { call });
    expect(observe.count).toBe(1);
  });

  it("reports an observer that throws or rejects, with its extension and event, and tells the others", async () => {
    const heard: string[] = [];
    const thrown = new Error("thrown");
    const rejected = new Error("rejected");
    const { set, events, errors } = setup(
      {
        name: "throws",
        apiVersion: 1,
        server: {
          observe: {
            incoming: () => {
              throw thrown;
            },
          },
        },
      },
      {
        name: "rejects",
        apiVersion: 1,
        server: { observe: { incoming: () => Promise.reject(rejected) as never } },
      },
      { name: "fine", apiVersion: 1, server: { observe: { incoming: () => heard.push("incoming") } } },
    );
    await set.start([transport], host);
    events.emit("incoming", { call });
    await Promise.resolve();
    expect(heard).toEqual(["incoming"]);
    expect(errors).toEqual([
      { extension: "throws", during: "incoming", error: thrown },
      { extension: "rejects", during: "incoming", error: rejected },
    ]);
  });

  it("does not go round in circles when an observer of extensionError throws", async () => {
    let reports = 0;
    const { set, events, errors } = setup({
      name: "broken",
      apiVersion: 1,
      server: {
        observe: {
          extensionError: () => {
            reports++;
            throw new Error("again");
          },
          incoming: () => {
            throw new Error("first");
          },
        },
      },
    });
    await set.start([transport], host);
    events.emit("incoming", { call });
    expect(reports).toBe(1);
    expect(errors).toHaveLength(1);
  });
});

describe("ExtensionSet: an extension that never stops", () => {
  it("is reported and not waited for longer than 5 s", async () => {
    const clock = new ManualClock();
    const { set, errors } = setup(logging([], "hangs", { stop: () => new Promise(() => {}) }));
    await set.start([transport], { ...host, clock });
    const stopped = set.stop();
    for (let turn = 0; turn < 5; turn++) await undefined;
    clock.advance(5_000);
    await stopped;
    expect(errors).toMatchObject([{ extension: "hangs", during: "stop" }]);
    expect(clock.timerCount).toBe(0);
  });
});
