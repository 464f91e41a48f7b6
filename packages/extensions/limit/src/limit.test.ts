import {
  type ExtensionHost,
  isRefusedHere,
  Refusal,
  type ResponseEnvelope,
  RpcError,
  type ServerCall,
} from "@porthos-rpc/protocol";
import {
  clientCall,
  extensionHost,
  ManualClock,
  responseEnvelope,
  serverCall,
} from "@porthos-rpc/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LimitOptions, limit } from "./index.js";

const OK = responseEnvelope();

/** A server with limits, whose handlers end when they are told to. */
function server(options: LimitOptions, host: Partial<ExtensionHost> = {}) {
  const clock = new ManualClock();
  const part = limit(options).server;
  if (part?.wrap === undefined) throw new Error("it does not wrap");
  const { run } = part.wrap;
  const methods = new Map(["report", "read", "broken"].map((name) => [name, undefined]));
  void part.start?.(extensionHost({ clock, methods, ...host }));
  const running: ((response: ResponseEnvelope) => void)[] = [];
  /** Undefined: it runs. */
  const ask = (given: Partial<ServerCall> = {}): Refusal | undefined => {
    try {
      void run(serverCall(given), () => new Promise((resolve) => running.push(resolve)));
      return undefined;
    } catch (error) {
      return error as Refusal;
    }
  };
  /** How many of so many run. */
  const asked = (count: number, given: Partial<ServerCall> = {}): number =>
    Array.from({ length: count }, () => ask(given)).filter((refused) => refused === undefined).length;
  const end = async (): Promise<void> => {
    for (const answer of running.splice(0)) answer(OK);
    for (let turn = 0; turn < 5; turn++) await undefined;
  };
  const said = () => part.describe?.() as Record<string, unknown> | undefined;
  return { clock, part, run, ask, asked, end, said };
}

describe("a server's limits", () => {
  it("bound how many run at a time, and have room again when one has ended", async () => {
    const { asked, ask, end, said } = server({ concurrent: 3 });
    expect(asked(5)).toBe(3);
    expect(ask()).toBeInstanceOf(Refusal);
    expect(ask()).toMatchObject({
      status: 429,
      executed: "no",
      message: "the limit of this service is 3 at a time",
      retryAfterMs: 1_000,
    });
    await end();
    expect(asked(5)).toBe(3);
    expect(said()).toMatchObject({ concurrent: 3, passed: 6, refused: 6, running: 3 });
  });

  it("bound how many begin each second, after a burst, and say when the next may", () => {
    const { clock, asked, ask } = server({ rate: 2, burst: 4 });
    expect(asked(10)).toBe(4);
    expect(ask()).toMatchObject({ message: "the limit of this service is 2 a second", retryAfterMs: 500 });
    clock.advance(1_000);
    expect(asked(10)).toBe(2);
    expect(clock.timerCount).toBe(0);
  });

  it("bound a method beside all, and take nothing of one for what another refuses", () => {
    const { asked } = server({ rate: 10, methods: { report: { rate: 1 } } });
    expect(asked(5, { method: "report" })).toBe(1);
    expect(asked(20, { method: "read" })).toBe(9);
  });

  it("bound all methods that fit a pattern together, and a method by all patterns that it fits", () => {
    const methods = { "re*": { concurrent: 4 }, "*port": { concurrent: 1 }, read: { concurrent: 9 } };
    const { asked, ask } = server({ methods });
    expect([asked(5, { method: "report" }), asked(5, { method: "read" })]).toEqual([1, 3]);
    expect(ask({ method: "read" })).toMatchObject({
      message: 'the limit of the methods "re*" is 4 at a time',
    });
    expect(asked(50, { method: "broken" })).toBe(50);
  });

  it("are refused at the start when they are of a method that there is not", () => {
    expect(() => server({ methods: { read: { rate: 1 }, "tpyo*": { rate: 1 } } })).toThrow(
      'limit: option "methods" has "tpyo*", and there is no such method; there are report, read, broken',
    );
  });

  it.each(["stuck", "outgoing"] as const)(
    "have room again for a call that never ends, once it is %s",
    async (event) => {
      const { part, run, ask, said } = server(
        {
          concurrent: 1,
          methods: { test: { concurrent: 1 } },
          perCaller: { concurrent: 1 },
        },
        { methods: new Map([["test", undefined]]) },
      );
      const call = serverCall({ clientId: "a" });
      let answer = (_: ResponseEnvelope): void => {};
      const stuck = run(
        call,
        () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      );
      const told = { call, elapsedMs: 1, response: OK };
      part.observe?.[event]?.(told);
      expect(said()).toMatchObject({ running: 0 });
      expect([ask({ clientId: "a" }), ask()?.status]).toEqual([undefined, 429]);
      // Each leaves once, however often its end is told.
      part.observe?.[event]?.(told);
      answer(OK);
      await stuck;
      expect(said()).toMatchObject({ running: 1 });
    },
  );

  it("bound each caller by his own word, and together those who say none", () => {
    const { asked, said } = server({ perCaller: { concurrent: 2 } });
    expect(["a", "b", undefined].map((clientId) => asked(5, { clientId }))).toEqual([2, 2, 2]);
    expect(said()).toMatchObject({ callers: 2 });
  });

  it("bound together whom a lookup does not know, for whom it throws or says no text, and report the latter", () => {
    const reports: string[] = [];
    const says: Record<string, unknown> = { read: undefined, report: 7 };
    const by = ({ method }: ServerCall): string => {
      if (method === "broken") throw new Error("no such table");
      return says[method] as string;
    };
    const { asked, ask } = server(
      { perCaller: { concurrent: 2 }, by },
      { report: (during, error) => reports.push(`${during}: ${(error as Error).message}`) },
    );
    expect(["broken", "report", "read"].map((method) => asked(1, { method }))).toEqual([1, 1, 0]);
    expect(ask({ method: "read" })).toMatchObject({
      message: "the limit of all callers who are not known is 2 at a time",
    });
    expect(reports).toEqual([
      "by: no such table",
      'by: limit: option "by" must be a function that returns a text or undefined, got 7',
    ]);
  });

  it("bound each caller as somebody else knows him", () => {
    const by = (call: ServerCall): string | undefined =>
      call.request.headers?.get("tenant") as string | undefined;
    const { asked } = server({ perCaller: { rate: 1 }, by });
    const of = (tenant: string): Partial<ServerCall> => ({
      request: { ...serverCall().request, headers: new Map([["tenant", tenant]]) },
    });
    expect([asked(3, of("x")), asked(3, of("y"))]).toEqual([1, 1]);
  });

  it("remember so many callers, and forget those first who have not called for longest and of whom nothing runs", async () => {
    const { asked, said, end } = server({ perCaller: { rate: 1 }, maxCallers: 2 });
    expect(asked(1, { clientId: "a" })).toBe(1);
    await end();
    expect(asked(1, { clientId: "b" })).toBe(1);
    // Nothing of a's runs, so it is he who goes, although b called no later.
    expect(asked(1, { clientId: "c" })).toBe(1);
    expect([asked(1, { clientId: "b" }), asked(1, { clientId: "a" })]).toEqual([0, 1]);
    expect(said()).toMatchObject({ callers: 2 });
  });

  it("refuse no one-way request, which would be lost, but count it", () => {
    const { asked } = server({ concurrent: 2 });
    expect(asked(5, { kind: "void" })).toBe(5);
    expect(asked(1)).toBe(0);
  });

  it("fall while requests wait for too long in the queue, and rise again", async () => {
    const { clock, asked, end, said } = server({ concurrent: 10, adaptive: { targetAgeMs: 100 } });
    for (let n = 0; n < 5; n++) {
      clock.advance(100);
      asked(10, { ageMs: 200 });
      await end();
    }
    expect(said()).toMatchObject({ ceiling: 3, refused: expect.any(Number) });
    for (let n = 0; n < 30; n++) {
      asked(10, { ageMs: 0 });
      await end();
    }
    expect(said()).toMatchObject({ ceiling: 10 });
  });

  it("have room again after a handler that answers at once, throws or rejects", async () => {
    const { run, ask } = server({ concurrent: 1 });
    const call = serverCall();
    expect(run(call, () => OK)).toBe(OK);
    expect(() =>
      run(call, () => {
        throw new Error("thrown");
      }),
    ).toThrow("thrown");
    await expect(run(call, () => Promise.reject(new Error("rejected")))).rejects.toThrow("rejected");
    expect(ask()).toBeUndefined();
  });

  it("never let more run at a time, nor more begin, than they allow, whatever comes", async () => {
    const step = fc.record({
      caller: fc.constantFrom("a", "b", "c"),
      count: fc.integer({ min: 0, max: 12 }),
      gapMs: fc.integer({ min: 0, max: 700 }),
      ends: fc.boolean(),
    });
    const property = fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const limits = server({ concurrent: 9, rate: 10, burst: 12, perCaller: { concurrent: 4, rate: 5 } });
      const now = { all: 0, a: 0, b: 0, c: 0 };
      const begun = { all: 0, a: 0, b: 0, c: 0 };
      for (const { caller, count, gapMs, ends } of steps) {
        limits.clock.advance(gapMs);
        if (ends) {
          await limits.end();
          Object.assign(now, { all: 0, a: 0, b: 0, c: 0 });
        }
        const passed = limits.asked(count, { clientId: caller });
        for (const kind of ["all", caller] as const) {
          now[kind as "all"] += passed;
          begun[kind as "all"] += passed;
        }
        const seconds = limits.clock.now() / 1_000;
        expect(now.all <= 9 && begun.all <= 12 + 10 * seconds + 1e-6).toBe(true);
        expect(now[caller as "a"] <= 4 && begun[caller as "a"] <= 5 + 5 * seconds + 1e-6).toBe(true);
      }
    });
    await fc.assert(property, { numRuns: 50 });
  });
});

describe("a client's limits", () => {
  it("end a call at once that is beyond them, unsent, and say when it may be made", async () => {
    const part = limit({ rate: 4, burst: 1 }).client;
    void part?.start?.(extensionHost({ side: "client" }));
    expect(await part?.wrap?.run(clientCall(), () => OK)).toBe(OK);
    const refused = (): unknown => part?.wrap?.run(clientCall({ kind: "void" }), () => OK);
    expect(refused).toThrow(RpcError);
    expect(refused).toThrow(expect.toSatisfy(isRefusedHere));
    expect(refused).toThrow(
      expect.objectContaining({
        code: "Overloaded",
        executed: "no",
        retryable: true,
        message: "TestService.test: not sent: the limit of this service is 4 a second in this client",
        details: { retryAfterMs: 250 },
      }),
    );
  });

  it("have room again for a call that an extension further in never ends, once it has settled", () => {
    const part = limit({ concurrent: 1 }).client;
    void part?.start?.(extensionHost({ side: "client" }));
    const call = clientCall();
    const run = (): unknown => part?.wrap?.run(call, () => new Promise(() => {}));
    void run();
    expect(run).toThrow(RpcError);
    part?.observe?.settled?.({ call, elapsedMs: 1, response: undefined, error: undefined });
    expect(run).not.toThrow();
    expect(run).toThrow(RpcError);
  });

  it.each<[string, LimitOptions]>([
    ["perCaller", { perCaller: { rate: 1 } }],
    ["adaptive", { concurrent: 1, adaptive: {} }],
  ])("cannot be %s: the client's start fails", (name, options) => {
    const { client } = limit(options);
    expect(() => client?.start?.(extensionHost({ side: "client" }))).toThrow(
      `limit: option "${name}" is for servers; a client has one caller`,
    );
  });
});

it("is for one client or server: a second one's start fails, unless the first has been closed", async () => {
  const { part } = server({ rate: 1 });
  const start = (): unknown => part.start?.(extensionHost());
  expect(start).toThrow(/limit: it is part of a server already; make one for each client or server/);
  await part.stop?.();
  expect(start).not.toThrow();
});
