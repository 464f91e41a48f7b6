import { getEventListeners } from "node:events";
import {
  type ClientCall,
  type Executed,
  jsonCodec,
  problemResponse,
  type ResponseEnvelope,
  RpcError,
} from "@porthos-rpc/protocol";
import { clientCall, extensionHost, ManualClock, responseEnvelope } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { type RetryOptions, retry } from "./index.js";

type End = ResponseEnvelope | RpcError | Error;

const OK = responseEnvelope();

const failure = (executed: Executed, retryable = true, details?: unknown): RpcError =>
  new RpcError("Unavailable", `it failed, executed ${executed}`, { executed, retryable, details });

const answer = (status: number, executed: Executed, retryAfter?: number): ResponseEnvelope => ({
  ...problemResponse({ status, title: "Refused", executed }),
  headers: retryAfter === undefined ? undefined : new Map([["Retry-After", retryAfter]]),
});

/** An installed retry whose service ends attempts in the given ways, the last of them on and on. */
function installed(ends: readonly End[], options: RetryOptions = {}) {
  const clock = new ManualClock();
  // The longest waits: 100 ms, 200 ms and so on.
  const extension = retry({ random: () => 1, ...options });
  const part = extension.client;
  if (part?.wrap === undefined) throw new Error("it does not wrap");
  const { run } = part.wrap;
  void part.start?.(extensionHost({ clock, side: "client" }));
  const attempts: { readonly atMs: number; readonly call: ClientCall }[] = [];
  const next = async (call: ClientCall): Promise<ResponseEnvelope> => {
    const end = ends[Math.min(attempts.length, ends.length - 1)] as End;
    attempts.push({ atMs: clock.now(), call });
    if (end instanceof Error) throw end;
    return end;
  };
  /** The call's end, by which time its timers have run. */
  const make = async (given: Partial<ClientCall> = {}): Promise<End> => {
    let ended: End | undefined;
    const work = Promise.resolve(run(clientCall(given), next)).then(
      (response) => (ended = response),
      (error: Error) => (ended = error),
    );
    for (let turn = 0; ended === undefined && turn < 200; turn++) {
      await undefined;
      if (turn % 10 === 9) clock.advance(clock.nextInMs ?? 0);
    }
    return work;
  };
  return { clock, part, run, next, make, attempts, timesMs: () => attempts.map(({ atMs }) => atMs) };
}

it("has one listener of a signal that many calls share, and none when they have ended", async () => {
  const { signal } = new AbortController();
  const { run, next, clock } = installed([...Array(30).fill(failure("no")), OK], { budgetReserve: 100 });
  const calls = Array.from({ length: 30 }, () => run(clientCall({ signal }), next));
  for (let turn = 0; turn < 10; turn++) await undefined;
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  clock.advance(100);
  await Promise.all(calls);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

describe("a call is made again", () => {
  it("not at all when it succeeds, and is handed on as it is", async () => {
    const { make, attempts, clock } = installed([OK]);
    const call = clientCall();
    expect(await make(call)).toBe(OK);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]?.call).toStrictEqual(call);
    expect(clock.timerCount).toBe(0);
  });

  it.each<[Executed, Partial<ClientCall>, number]>([
    ["no", {}, 3],
    ["no", { kind: "void" }, 3],
    ["no", { kind: "stream" }, 1],
    ["maybe", {}, 1],
    ["maybe", { idempotent: true }, 3],
    ["maybe", { idempotent: true, kind: "void" }, 1],
    ["yes", {}, 1],
    ["yes", { idempotent: true }, 3],
  ])("if that is safe: executed %s, of %j: %i attempts", async (executed, given, count) => {
    const [thrown, answered] = [installed([failure(executed)]), installed([answer(503, executed)])];
    expect(await thrown.make(given)).toBeInstanceOf(RpcError);
    expect(await answered.make(given)).toMatchObject({ statusCode: 503 });
    expect([thrown.attempts.length, answered.attempts.length]).toEqual([count, count]);
  });

  it.each([
    ["an error that does not pass", failure("no", false)],
    ["an answer 400", answer(400, "no")],
    ["an answer 500", answer(500, "no")],
    ["what is no RpcError", new Error("a bug")],
  ])("never for %s", async (_what, end) => {
    const { make, attempts } = installed([end]);
    expect(await make({ idempotent: true })).toBe(end);
    expect(attempts).toHaveLength(1);
  });

  it("until it succeeds, after waits that double, up to the longest, times a random number", async () => {
    const ends = [...Array.from({ length: 4 }, () => failure("no")), OK];
    const { make, timesMs, part } = installed(ends, { maxAttempts: 9, maxBackoffMs: 300 });
    expect(await make({ timeoutMs: 10_000 })).toBe(OK);
    expect(timesMs()).toEqual([0, 100, 300, 600, 900]);
    expect(part.describe?.()).toMatchObject({ calls: 1, attempts: 5, retries: 4, recovered: 1, waiting: 0 });
    const half = installed(ends, { random: () => 0.5 });
    await half.make();
    expect(half.timesMs()).toEqual([0, 50, 150]);
  });

  it("no sooner than its service says, be it an answer's header or an error's details", async () => {
    const { make, timesMs } = installed(
      [answer(429, "no", 2), failure("no", true, { retryAfterMs: 500 }), OK],
      {
        random: () => 0,
      },
    );
    expect(await make({ timeoutMs: 10_000 })).toBe(OK);
    expect(timesMs()).toEqual([0, 2_000, 2_500]);
  });
});

describe("the deadline", () => {
  it("is the one call's: each attempt gets what is left", async () => {
    const { make, attempts } = installed([failure("no")], { maxAttempts: 3 });
    await make({ timeoutMs: 1_000 });
    expect(attempts.map(({ call }) => call.timeoutMs)).toEqual([1_000, 900, 700]);
  });

  it("ends a call at once that would wait beyond it", async () => {
    const last = failure("no");
    const { make, clock, attempts } = installed([last], { backoffMs: 1_000 });
    expect(await make({ timeoutMs: 1_000 })).toBe(last);
    expect([clock.now(), clock.timerCount, attempts.length]).toEqual([0, 0, 1]);
    const refused = answer(429, "no", 60);
    const told = installed([refused]);
    expect(await told.make({ timeoutMs: 59_000 })).toBe(refused);
    expect(told.attempts).toHaveLength(1);
  });

  it("of an attempt may be sooner, and never later", async () => {
    const { make, attempts } = installed([failure("no")], { attemptTimeoutMs: 400, backoffMs: 350 });
    await make({ timeoutMs: 700 });
    expect(attempts.map(({ call }) => call.timeoutMs)).toEqual([400, 350]);
  });
});

describe("the end", () => {
  it("is the last attempt's error, which says how many there were, and how the others ended", async () => {
    const last = new RpcError("NoService", "S.m: nobody", { details: { a: 1 } });
    const { make } = installed([new RpcError("Timeout", "t", { executed: "no" }), answer(429, "no"), last]);
    expect(await make()).toMatchObject({
      code: "NoService",
      message: "S.m: nobody (attempt 3; before it: Timeout, 429)",
      executed: "no",
      status: 503,
      details: { a: 1 },
      cause: last,
    });
  });

  it("says that a call may have run if one of its attempts may have, whatever is said of the last", async () => {
    const [thrown, answered] = [failure("no"), answer(503, "no")].map((last) =>
      installed([failure("maybe"), last], { maxAttempts: 2 }),
    );
    expect(await thrown?.make({ idempotent: true })).toMatchObject({ executed: "maybe" });
    const response = (await answered?.make({ idempotent: true })) as ResponseEnvelope;
    expect(jsonCodec.decode(response.body)).toMatchObject({ status: 503, executed: "maybe" });
  });

  it("is the last answer itself where there is nothing to add", async () => {
    const last = answer(503, "no");
    const { make } = installed([failure("no"), last], { maxAttempts: 2 });
    expect(await make()).toBe(last);
  });
});

describe("the wait between two attempts", () => {
  it("ends at once when the caller gives up, and tells whether the call may have run", async () => {
    for (const executed of ["no", "maybe"] as const) {
      const { run, next, clock, part, attempts } = installed([failure(executed)]);
      const controller = new AbortController();
      const work = Promise.resolve(run(clientCall({ idempotent: true, signal: controller.signal }), next));
      await untilWaiting(part);
      controller.abort("enough");
      await expect(work).rejects.toMatchObject({ code: "Cancelled", executed, cause: "enough" });
      expect([clock.timerCount, attempts.length]).toEqual([0, 1]);
    }
  });

  it("does not begin once the caller has given up", async () => {
    const last = failure("no");
    const { make, attempts } = installed([last]);
    expect(await make({ signal: AbortSignal.abort() })).toBe(last);
    expect(attempts).toHaveLength(1);
  });

  it("ends with the client, without a timer left", async () => {
    const { run, next, clock, part } = installed([failure("no")]);
    const work = Promise.resolve(run(clientCall(), next));
    await untilWaiting(part);
    await part.stop?.();
    await expect(work).rejects.toMatchObject({ code: "Closed", executed: "no" });
    expect(clock.timerCount).toBe(0);
  });
});

describe("the budget", () => {
  it("bounds the retries of all calls while all of them fail", async () => {
    const { make, attempts, part } = installed([failure("no")], {
      maxAttempts: 5,
      budgetReserve: 3,
      backoffMs: 0.001,
    });
    for (let call = 0; call < 100; call++) await make();
    // The reserve, and a tenth of the calls: what comes by time is nothing here.
    expect(attempts.length).toBeGreaterThanOrEqual(112);
    expect(attempts.length).toBeLessThanOrEqual(113);
    expect(part.describe?.()).toMatchObject({ calls: 100, attempts: attempts.length });
    expect(countsOf(part)["budgetExhausted"]).toBeGreaterThan(80);
  });

  it("makes no call again that it has nothing for", async () => {
    const last = failure("no");
    const { make, clock } = installed([last], { budgetRatio: 0, budgetReserve: 0 });
    expect(await make()).toBe(last);
    expect(clock.timerCount).toBe(0);
  });
});

it("is for one client: a second one's start fails, unless the first has been closed", async () => {
  const { part } = installed([OK]);
  const start = (): unknown => part.start?.(extensionHost({ side: "client" }));
  expect(start).toThrow(/retry: it is part of a client already; make one for each client/);
  await part.stop?.();
  expect(start).not.toThrow();
});

function countsOf(part: { describe?(): unknown }): Record<string, unknown> {
  return (part.describe?.() ?? {}) as Record<string, unknown>;
}

async function untilWaiting(part: { describe?(): unknown }): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    if (countsOf(part)["waiting"] !== 0) return;
    await undefined;
  }
  throw new Error("no call waits");
}
