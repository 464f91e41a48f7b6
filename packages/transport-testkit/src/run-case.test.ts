import { describe, expect, test } from "vitest";
import { Loopback } from "../test/loopback.js";
import { waitsOf } from "./fixture.js";
import { type CaseResult, probe, runCase } from "./run-case.js";
import type { Needs, TransportCase } from "./transport-case.js";

const waits = waitsOf({ waitMs: 50, quietMs: 5, reconnectMs: 50, brokerMs: 50 });
const fixture = { create: () => new Loopback() };
const { features } = new Loopback();

function run(body: TransportCase["run"], rest: Partial<TransportCase> = {}): Promise<CaseResult> {
  return runCase({ id: "a/b", title: "a promise", run: body, ...rest }, fixture, features, waits);
}

async function errorOf(body: TransportCase["run"]): Promise<string> {
  const result = await run(body);
  return result.kind === "broken" ? String(result.error) : result.kind;
}

describe("runCase", () => {
  test("a case that throws nothing is kept", async () => {
    expect(await run(async (bench) => void (await bench.up()))).toEqual({ kind: "kept" });
  });

  test("a case that throws is broken, with its error", async () => {
    const error = new Error("broken");
    expect(await run(() => Promise.reject(error))).toEqual({ kind: "broken", error });
  });

  test("a wait that is in vain fails with its own text", async () => {
    expect(await errorOf((bench) => bench.until("doomsday", () => false))).toBe(
      "Error: waited 50 ms in vain for doomsday",
    );
  });

  test("a case whose needs are not met does not apply, with the reason", async () => {
    const reason = async (needs: Needs): Promise<unknown> => run(async () => {}, { needs });
    const notApplicable = (why: string) => ({ kind: "not applicable", reason: why });
    expect(await reason({ features: ["expiry"] })).toEqual(
      notApplicable('the transport does not declare the feature "expiry"'),
    );
    expect(await reason({ lacks: ["topics"] })).toEqual(
      notApplicable('it is for transports without the feature "topics"'),
    );
    expect(await reason({ broker: ["cut"] })).toEqual(notApplicable("the fixture has no broker.cut"));
    expect(await reason({ limits: ["maxMessageBytes"] })).toEqual(
      notApplicable("the fixture has no limits.maxMessageBytes"),
    );
  });

  test("every transport that a case made is closed", async () => {
    const made: Loopback[] = [];
    const create = () => {
      made.push(new Loopback());
      return made.at(-1) as Loopback;
    };
    const body: TransportCase["run"] = async (bench) => {
      await bench.up();
      await bench.create();
      throw new Error("broken");
    };
    await runCase({ id: "a/b", title: "", run: body }, { create }, features, waits);
    expect(made.map(({ state }) => state)).toEqual(["closed", "closed"]);
  });

  test("a transport whose close() hangs breaks the case", async () => {
    const body: TransportCase["run"] = async (bench) => {
      const transport = await bench.up();
      transport.close = () => new Promise(() => {});
    };
    expect(await errorOf(body)).toContain("waited 50 ms in vain for close() of a transport");
  });

  test("a send that is told twice, or never, breaks the case", async () => {
    const twice: TransportCase["run"] = async (bench) => {
      const transport = await bench.up();
      transport.send = (_queue, _message, listener) => {
        listener?.onOutcome({ kind: "accepted" });
        listener?.onOutcome({ kind: "accepted" });
      };
      bench.send(transport, "queue");
    };
    const never: TransportCase["run"] = async (bench) => {
      const transport = await bench.up();
      transport.send = () => {};
      bench.send(transport, "queue");
    };
    expect(await errorOf(twice)).toContain("told 2 outcomes (accepted, accepted) instead of 1");
    expect(await errorOf(never)).toContain("told 0 outcomes");
  });

  test("a timer that is left breaks the case, and is shown with where it was made", async () => {
    let timer: NodeJS.Timeout | undefined;
    const error = await errorOf(async () => {
      timer = setTimeout(() => {}, 60_000);
    });
    clearTimeout(timer);
    expect(error).toContain("still held: a Timeout made");
    expect(error).toContain("run-case.test.ts");
  });

  test("an error that escapes from a callback breaks the case, and only that", async () => {
    const escaping: TransportCase["run"] = async (bench) => {
      setImmediate(() => {
        throw new Error("escaped");
      });
      await bench.quiet();
    };
    const rejecting: TransportCase["run"] = async (bench) => {
      void Promise.reject(new Error("nobody listens"));
      await bench.quiet();
    };
    expect(await run(escaping)).toMatchObject({ kind: "broken", fatal: true });
    expect(await errorOf(escaping)).toContain("escaped");
    expect(await errorOf(rejecting)).toContain("nobody listens");
  });

  test("a broker that was left stopped or blocked is started and unblocked again", async () => {
    const did: string[] = [];
    const verbs = ["stop", "start", "block", "unblock"] as const;
    const broker = Object.fromEntries(verbs.map((verb) => [verb, () => void did.push(verb)]));
    const body: TransportCase["run"] = async (bench) => {
      await bench.broker.stop();
      await bench.broker.block();
    };
    await runCase({ id: "a/b", title: "", run: body }, { ...fixture, broker }, features, waits);
    expect(did).toEqual(["stop", "block", "start", "unblock"]);
  });

  test("a verb that hangs fails with its name", async () => {
    const broker = { cut: () => new Promise<void>(() => {}) };
    const body: TransportCase["run"] = (bench) => bench.broker.cut();
    const result = await runCase(
      { id: "a/b", title: "", run: body },
      { ...fixture, broker },
      features,
      waits,
    );
    expect(result).toMatchObject({
      error: { message: "waited 50 ms in vain for the fixture's broker.cut()" },
    });
  });

  test("queues are made with the fixture's names, unique to the case, and handed to removeQueues", async () => {
    const names: string[] = [];
    const removed: (readonly string[])[] = [];
    const body: TransportCase["run"] = async (bench) => void names.push(bench.queueName(), bench.queueName());
    const named = {
      ...fixture,
      queueName: (base: string) => `mine/${base}`,
      removeQueues: (queues: readonly string[]) => void removed.push(queues),
    };
    for (let i = 0; i < 2; i++) await runCase({ id: "a/b", title: "", run: body }, named, features, waits);
    expect(new Set(names).size).toBe(4);
    expect(names.every((name) => name.startsWith("mine/"))).toBe(true);
    expect(removed.flat()).toEqual(names);
  });
});

describe("probe", () => {
  test("tells what the transport declares once it is ready, and closes it", async () => {
    const transport = new Loopback();
    expect(await probe({ create: () => transport }, waits)).toEqual(features);
    expect(transport.state).toBe("closed");
  });

  test("fails when the transport does not get ready", async () => {
    const transport = new Loopback();
    transport.ready = () => new Promise(() => {});
    await expect(probe({ create: () => transport }, waits)).rejects.toThrow("in vain for ready()");
  });
});
