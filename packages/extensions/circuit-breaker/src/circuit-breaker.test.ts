import {
  type ClientCall,
  OVERLOADED_PROBLEM,
  problemResponse,
  type ResponseEnvelope,
  RpcError,
  type RpcErrorCode,
  refusedHere,
} from "@porthos-rpc/protocol";
import { clientCall, extensionHost, ManualClock, responseEnvelope } from "@porthos-rpc/protocol/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CircuitBreakerOptions, circuitBreaker } from "./index.js";

type End = ResponseEnvelope | Error;

const OK = responseEnvelope();
const TIMEOUT = new RpcError("Timeout", "too late");
const OPEN = { code: "Unavailable", executed: "no", retryable: true };

function installed(options: CircuitBreakerOptions = {}) {
  const clock = new ManualClock();
  const part = circuitBreaker(options).client;
  if (part?.wrap === undefined) throw new Error("it does not wrap");
  const { run } = part.wrap;
  void part.start?.(extensionHost({ clock, side: "client" }));
  let sent = 0;
  /** How a call ends whose service ends it so. */
  const call = async (end: End | Promise<End>, given: Partial<ClientCall> = {}): Promise<End> => {
    const next = async (): Promise<ResponseEnvelope> => {
      sent++;
      const outcome = await end;
      if (outcome instanceof Error) throw outcome;
      return outcome;
    };
    try {
      return await run(clientCall(given), next);
    } catch (error) {
      return error as Error;
    }
  };
  const calls = async (count: number, end: End, given: Partial<ClientCall> = {}): Promise<void> => {
    for (let n = 0; n < count; n++) await call(end, given);
  };
  const state = (): unknown => {
    const said = part.describe?.() as { circuits: Record<string, { state: string }> } | undefined;
    return said?.circuits["TestService"]?.state;
  };
  return { clock, part, run, call, calls, state, sent: () => sent };
}

/** With its circuit open. */
async function opened(options: CircuitBreakerOptions = {}) {
  const breaker = installed({ window: 4, minCalls: 2, openMs: 1_000, ...options });
  await breaker.calls(2, TIMEOUT);
  expect(breaker.state()).toBe("open");
  return breaker;
}

/** An end that is said later. */
function later(): { readonly end: Promise<End>; say(end: End): void } {
  let say!: (end: End) => void;
  const end = new Promise<End>((resolve) => {
    say = resolve;
  });
  return { end, say };
}

describe("a circuit opens", () => {
  it("once more than the given part of the last calls failed, and not before so many have ended", async () => {
    const { calls, state } = installed({ failureRatio: 0.5, window: 10, minCalls: 4 });
    await calls(3, TIMEOUT);
    expect(state()).toBe("closed");
    await calls(3, OK);
    await calls(1, TIMEOUT);
    expect(state()).toBe("open");
  });

  const overloaded = problemResponse({ type: OVERLOADED_PROBLEM, status: 429, title: "T", executed: "no" });
  it.each<[string, End]>([
    ...(["Timeout", "Unavailable", "NoService", "Overloaded"] satisfies RpcErrorCode[]).map(
      (code): [string, End] => [code, new RpcError(code, "m")],
    ),
    ["500", responseEnvelope({ statusCode: 500 })],
    ["503", responseEnvelope({ statusCode: 503 })],
    ["429 of an overloaded service", overloaded],
  ])("by %s", async (_what, end) => {
    const { calls, state } = installed();
    await calls(10, end);
    expect(state()).toBe("open");
  });

  it.each<[string, End]>([
    ...(["Cancelled", "TooLarge", "BadRequest", "BadReply", "Closed", "Config"] satisfies RpcErrorCode[]).map(
      (code): [string, End] => [code, new RpcError(code, "m")],
    ),
    ["a bound of another extension here", refusedHere("Overloaded", "m")],
    ["what another extension lacked here", refusedHere("Unavailable", "m")],
    ["404", responseEnvelope({ statusCode: 404 })],
    ["429 of a handler", responseEnvelope({ statusCode: 429 })],
    ["a bug of another extension", new Error("a bug")],
  ])("never by %s", async (_what, end) => {
    const { calls, call, state } = installed();
    await calls(40, end);
    expect(state()).toBe("closed");
    expect(await call(end)).toBe(end);
  });

  it("never by one-way calls and streams", async () => {
    const { calls, state } = installed();
    await calls(40, TIMEOUT, { kind: "void" });
    await calls(40, TIMEOUT, { kind: "stream" });
    expect(state()).toBe("closed");
  });

  it("for one method alone, if each has its own", async () => {
    const { calls, call, part } = installed({ per: "method" });
    await calls(10, TIMEOUT, { method: "slow" });
    expect(await call(OK, { method: "slow" })).toMatchObject(OPEN);
    expect(await call(OK, { method: "fast" })).toBe(OK);
    expect(part.describe?.()).toMatchObject({
      circuits: { slow: { state: "open", opened: 1, refused: 1 }, fast: { state: "closed", opened: 0 } },
    });
  });
});

describe("an open circuit", () => {
  it("ends calls at once, saying why, since when, and when it lets one through", async () => {
    const { call, clock, sent } = await opened();
    clock.advance(300);
    const error = await call(OK);
    expect(error).toMatchObject({ ...OPEN, details: { retryAfterMs: 700 }, cause: TIMEOUT });
    expect((error as Error).message).toBe(
      "TestService.test: the circuit is open: too many calls failed, the last with Timeout, 300 ms ago; in 700 ms it lets a call through",
    );
    expect(await call(OK, { kind: "stream" })).toMatchObject(OPEN);
    expect(sent()).toBe(2);
  });

  it("lets one-way calls through: the queue keeps them until the service is back", async () => {
    const { call } = await opened();
    expect(await call(OK, { kind: "void" })).toBe(OK);
  });

  it("lets one call through after its time, and the others when that is answered", async () => {
    const { call, clock, state, sent } = await opened();
    clock.advance(1_000);
    const test = later();
    const testing = call(test.end);
    expect(state()).toBe("half-open");
    const refused = await call(OK);
    expect(refused).toMatchObject({
      ...OPEN,
      message: expect.stringMatching(/a call is under way that tests/),
    });
    test.say(responseEnvelope({ statusCode: 404 }));
    await testing;
    expect(state()).toBe("closed");
    expect(await call(OK)).toBe(OK);
    expect([sent(), clock.timerCount]).toEqual([4, 0]);
  });

  it("stays open for as long again when that one fails", async () => {
    const { call, clock, state } = await opened();
    clock.advance(1_000);
    expect(await call(TIMEOUT)).toBe(TIMEOUT);
    expect(state()).toBe("open");
    clock.advance(999);
    expect(await call(OK)).toMatchObject(OPEN);
    clock.advance(1);
    expect(await call(OK)).toBe(OK);
  });

  it("makes the next call the test when that one says nothing of the service", async () => {
    const { call, clock, state } = await opened();
    clock.advance(1_000);
    const cancelled = new RpcError("Cancelled", "the caller gave up");
    expect(await call(cancelled)).toBe(cancelled);
    expect(state()).toBe("open");
    expect(await call(OK)).toBe(OK);
    expect(state()).toBe("closed");
  });

  it("waits for that one no longer than a second after its time, whatever holds it", async () => {
    const { call, clock, state } = await opened();
    clock.advance(1_000);
    const testing = call(new Promise(() => {}), { timeoutMs: 500 });
    clock.advance(1_499);
    expect(state()).toBe("half-open");
    clock.advance(1);
    expect(await testing).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect([state(), clock.timerCount]).toEqual(["open", 0]);
  });

  it("takes no notice of a system's clock that is set back", async () => {
    const { call, clock } = await opened();
    clock.setEpochMs(0);
    clock.advance(1_000);
    expect(await call(OK)).toBe(OK);
  });

  it("leaves no timer when its client closes", async () => {
    const { call, clock, part } = await opened();
    clock.advance(1_000);
    const testing = call(new Promise(() => {}));
    await part.stop?.();
    expect(await testing).toMatchObject({ code: "Timeout" });
    expect(clock.timerCount).toBe(0);
  });
});

it("never sends a call while it is open, nor a second one to test the service, whatever comes", async () => {
  const step = fc.record({ gapMs: fc.integer({ min: 0, max: 400 }), fails: fc.boolean() });
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 80 }),
    fc.double({ min: 0.05, max: 0.95, noNaN: true }),
    async (steps, failureRatio) => {
      const breaker = installed({ failureRatio, window: 8, minCalls: 4, openMs: 1_000 });
      let [openedAtMs, ended] = [0, 0];
      for (const { gapMs, fails } of steps) {
        breaker.clock.advance(gapMs);
        const [before, was] = [breaker.sent(), breaker.state()];
        const mayBeSent = was !== "open" || breaker.clock.now() >= openedAtMs + 1_000;
        await breaker.call(fails ? TIMEOUT : OK);
        expect(breaker.sent() - before).toBe(mayBeSent ? 1 : 0);
        if (mayBeSent) ended++;
        if (mayBeSent && breaker.state() === "open") openedAtMs = breaker.clock.now();
        if (breaker.state() === "open") expect(ended).toBeGreaterThanOrEqual(4);
      }
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

it("is for one client: a second one's start fails, unless the first has been closed", async () => {
  const { part } = installed();
  const start = (): unknown => part.start?.(extensionHost({ side: "client" }));
  expect(start).toThrow(/circuitBreaker: it is part of a client already; make one for each client/);
  await part.stop?.();
  expect(start).not.toThrow();
});
