import {
  type ExtensionHost,
  encodeText,
  Refusal,
  type ResponseEnvelope,
  type ServerCall,
} from "@porthos-rpc/protocol";
import { extensionHost, ManualClock, responseEnvelope, serverCall } from "@porthos-rpc/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { type IdempotencyOptions, type IdempotencyStore, idempotency, memoryStore } from "./index.js";

const ID = `${"a".repeat(32)}.1.mxyz.0123456789a`;

const KEY = JSON.stringify(["TestService", "test", "", "id", ID]);

/** One request, however often: no hash is made of it, which takes a time that no test knows. */
const same = (more: Partial<ServerCall> = {}): ServerCall => serverCall({ id: ID, ...more });

/** Turns of promises between a question to the store and what follows. */
async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn++) await undefined;
}

/** A promise that somebody else resolves. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function keyed(key: string, body = "", more: Partial<ServerCall> = {}): ServerCall {
  const headers = new Map([["Idempotency-Key", key]]);
  const request = { method: "test", contentType: "text/plain", body: encodeText(body), headers };
  return serverCall({ request, ...more });
}

/** A process with this extension: several may share a store, and the time. */
async function processOf(options: Partial<IdempotencyOptions> = {}, clock = new ManualClock()) {
  const reports: string[] = [];
  const report: ExtensionHost["report"] = (during, error) =>
    reports.push(`${during}: ${(error as Error).message}`);
  const extension = idempotency({ store: memoryStore({ clock }), ...options });
  await extension.server?.start?.(extensionHost({ clock, report }));
  const run = (call: ServerCall, handler: (call: ServerCall) => unknown): Promise<ResponseEnvelope> =>
    Promise.resolve().then(() => extension.server?.wrap?.run(call, handler as never)) as never;
  const counts = () => extension.server?.describe?.() as Record<string, unknown>;
  return { clock, run, counts, reports, stop: () => extension.server?.stop?.() };
}

function storeOf(clock = new ManualClock()): {
  readonly store: IdempotencyStore;
  readonly clock: ManualClock;
} {
  return { store: memoryStore({ clock }), clock };
}

const answered = (text: string, more: Partial<ResponseEnvelope> = {}): ResponseEnvelope =>
  responseEnvelope({ contentType: "text/plain", body: encodeText(text), ...more });

describe("a repeated request", () => {
  it("gets the answer of its first run, from another process, too, and does not run", async () => {
    const { store, clock } = storeOf();
    const [one, other] = [await processOf({ store }, clock), await processOf({ store }, clock)];
    const handler = vi.fn(() => answered("done", { headers: new Map([["x", 1]]) }));
    const first = await one.run(serverCall({ id: ID }), handler);
    const second = await other.run(serverCall({ id: ID }), handler);
    expect(handler).toHaveBeenCalledTimes(1);
    expect(first.headers?.get("Idempotent-Replayed")).toBeUndefined();
    expect(second).toEqual({
      ...first,
      headers: new Map<string, unknown>([
        ["x", 1],
        ["Idempotent-Replayed", "true"],
      ]),
    });
    expect(other.counts()).toMatchObject({ ran: 0, replayed: 1, running: 0 });
  });

  it("is one with the same key, whatever its id", async () => {
    const { run } = await processOf();
    const handler = vi.fn(() => answered("done"));
    await run(keyed("k", "", { id: ID }), handler);
    await run(keyed("k", "", { id: `${"b".repeat(32)}.1.mxyz.0123456789a` }), handler);
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("is refused with 422 if its key was used with another body", async () => {
    const { run, counts } = await processOf();
    await run(keyed("k", "one"), () => answered("done"));
    await expect(run(keyed("k", "other"), () => answered("done"))).rejects.toMatchObject({
      status: 422,
      executed: "no",
    });
    expect(counts()).toMatchObject({ ran: 1, reused: 1 });
  });

  it("runs again if what keeps its callers apart says that it is another's", async () => {
    const { run } = await processOf({ scope: ({ clientId = "" }) => clientId });
    const handler = vi.fn(() => answered("done"));
    for (const clientId of ["a", "b", "a"]) await run(keyed("k", "", { clientId }), handler);
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it("is let through to nobody by a scope that says nothing", async () => {
    const { run } = await processOf({ scope: (() => undefined) as never });
    await expect(run(keyed("k"), () => answered("done"))).rejects.toThrow(
      'idempotency: option "scope" must be a function that returns a text, got undefined',
    );
  });

  it("runs again when its answer's time is over", async () => {
    const { run, clock } = await processOf({ keepMs: 5_000 });
    const handler = vi.fn(() => answered("done"));
    await run(keyed("k"), handler);
    clock.advance(5_000);
    await run(keyed("k"), handler);
    expect(handler).toHaveBeenCalledTimes(2);
  });

  it.each<[string, () => unknown]>([
    ["was answered 500", () => answered("", { statusCode: 500 })],
    ["was refused by an extension", () => Promise.reject(new Refusal(403, "not you"))],
  ])("runs again if it %s", async (_what, handler) => {
    const { run, counts } = await processOf();
    for (let i = 0; i < 2; i++) await run(keyed("k"), handler).catch(() => {});
    expect(counts()).toMatchObject({ ran: 2, running: 0 });
  });

  it("runs again where that is what the service wants", async () => {
    const keep = vi.fn(({ statusCode }: ResponseEnvelope) => statusCode === 201);
    const { run, counts } = await processOf({ keep });
    for (const statusCode of [200, 201, 200]) await run(keyed("k"), () => answered("", { statusCode }));
    expect(counts()).toMatchObject({ ran: 2, replayed: 1 });
  });

  it("goes by what is usual where the service's own word throws, which is told", async () => {
    const keep = (): boolean => {
      throw new Error("broken");
    };
    const { run, counts, reports } = await processOf({ keep });
    for (let i = 0; i < 2; i++) await run(keyed("k"), () => answered("done"));
    expect(counts()).toMatchObject({ ran: 1, replayed: 1 });
    expect(reports).toEqual(["keep: broken"]);
  });

  it.each([
    ["is larger than what is kept", answered("12345")],
    [
      "has headers that cannot be kept",
      answered("", { headers: new Map([["x", JSON.parse('{"__proto__":1}')]]) as never }),
    ],
  ])("does not run if its answer %s, and is told so", async (_what, answer) => {
    const { run, counts } = await processOf({ maxBodyBytes: 4 });
    expect(await run(keyed("k"), () => answer)).toBe(answer);
    const again = await run(keyed("k"), () => answer);
    expect(again.statusCode).toBe(409);
    expect(JSON.parse(new TextDecoder().decode(again.body))).toMatchObject({ executed: "yes" });
    expect(counts()).toMatchObject({ ran: 1, tooLarge: 1 });
  });

  it("without a key, or of a stream, is let through", async () => {
    const { run, counts } = await processOf();
    const handler = vi.fn(() => answered("done"));
    for (const call of [serverCall({ id: "17" }), keyed("k", "", { kind: "stream" })]) {
      await run(call, handler);
      await run(call, handler);
    }
    expect(handler).toHaveBeenCalledTimes(4);
    expect(counts()).toMatchObject({ ran: 0, unkeyed: 2 });
  });
});

describe("a request that runs elsewhere", () => {
  it("is waited for, and its answer given", async () => {
    const { store, clock } = storeOf();
    const [one, other] = [await processOf({ store }, clock), await processOf({ store }, clock)];
    const running = withResolvers<ResponseEnvelope>();
    const first = one.run(same(), () => running.promise);
    await turns();
    const second = other.run(same(), () => answered("twice"));
    await turns();
    running.resolve(answered("once"));
    await first;
    clock.advance(10);
    expect(new TextDecoder().decode((await second).body)).toBe("once");
    expect(other.counts()).toMatchObject({ ran: 0, waited: 1, replayed: 1 });
    await one.stop();
    expect(clock.timerCount).toBe(0);
  });

  it("is refused in time for its caller to hear it: 503, it may run, and when to ask again", async () => {
    const { store, clock } = storeOf();
    const { run, stop } = await processOf({ store }, clock);
    void run(same(), () => new Promise(() => {}));
    await turns();
    const second = run(same({ deadlineMs: 1_000 }), () => answered("twice"));
    const ended = vi.fn();
    second.catch(ended);
    for (let ms = 0; ms < 900 && ended.mock.calls.length === 0; ms += 10) {
      await turns();
      clock.advance(10);
    }
    await turns();
    await expect(second).rejects.toMatchObject({ status: 503, executed: "maybe", retryAfterMs: 1_000 });
    expect(clock.now()).toBeLessThanOrEqual(900);
    await stop();
    expect(clock.timerCount).toBe(0);
  });

  it("is waited for no longer than its caller, or its server, waits", async () => {
    const { run, clock, stop } = await processOf();
    const controller = new AbortController();
    void run(same(), () => new Promise(() => {}));
    await turns();
    const second = run(same({ signal: controller.signal }), () => answered("twice"));
    await turns();
    controller.abort();
    await expect(second).rejects.toMatchObject({ status: 503 });
    await stop();
    expect(clock.timerCount).toBe(0);
  });

  it("keeps its lease as long as it runs, however long", async () => {
    const { store, clock } = storeOf();
    const one = await processOf({ store, lockMs: 3_000 }, clock);
    void one.run(same(), () => new Promise(() => {}));
    for (let i = 0; i < 100; i++) {
      await turns();
      clock.advance(1_000);
    }
    await turns();
    expect(await store.begin(KEY, { token: "t", lockMs: 1, fingerprint: "" })).toMatchObject({
      state: "pending",
    });
    expect(one.counts()).toMatchObject({ running: 1, lost: 0 });
    await one.stop();
  });

  it("keeps its lease for ten more when its handler was told to end and does not, and no longer: which is told", async () => {
    const { store, clock } = storeOf();
    const one = await processOf({ store, lockMs: 3_000 }, clock);
    const controller = new AbortController();
    void one.run(same({ signal: controller.signal }), () => new Promise(() => {}));
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        await turns();
        clock.advance(1_000);
      }
      await turns();
    };
    const other = { token: "t", lockMs: 1, fingerprint: "" };
    await pass(100_000);
    controller.abort();
    await pass(29_000);
    expect(await store.begin(KEY, other)).toMatchObject({ state: "pending" });
    expect(one.reports).toEqual([]);
    await pass(7_000);
    expect(await store.begin(KEY, other)).toMatchObject({ state: "fresh" });
    expect(one.counts()).toMatchObject({ running: 0 });
    expect(one.reports).toEqual([
      "renew: a request runs long after it was told to end: its lease is renewed no more, it may run twice",
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it("runs here when its process has died, and its lease is over", async () => {
    const { store, clock } = storeOf();
    const [dying, heir] = [
      await processOf({ store, lockMs: 3_000 }, clock),
      await processOf({ store, lockMs: 3_000 }, clock),
    ];
    void dying.run(same(), () => new Promise(() => {}));
    await turns();
    await dying.stop();
    const second = heir.run(same(), () => answered("again"));
    const done = vi.fn();
    second.then(done, done);
    while (done.mock.calls.length === 0 && clock.now() < 5_000) {
      await turns();
      clock.advance(10);
    }
    expect(new TextDecoder().decode((await second).body)).toBe("again");
    expect(clock.now()).toBeGreaterThanOrEqual(3_000);
    await heir.stop();
  });

  it("that was taken from here is answered here all the same, and told", async () => {
    const { store, clock } = storeOf();
    const renew = vi.fn(() => false);
    const one = await processOf({ store: overriding(store, { renew }), lockMs: 300 }, clock);
    const running = withResolvers<ResponseEnvelope>();
    const first = one.run(same(), () => running.promise);
    await turns();
    clock.advance(100);
    await turns();
    expect(one.counts()).toMatchObject({ lost: 1 });
    expect(one.reports).toEqual(["renew: a lease was lost while its request ran: it may run twice"]);
    running.resolve(answered("done"));
    expect((await first).statusCode).toBe(200);
  });
});

describe("a store", () => {
  const failing = { begin: () => Promise.reject(new Error("ECONNREFUSED")) };

  it("that is away: requests are refused with 503, and when to ask again; it is told once", async () => {
    const { store } = storeOf();
    const handler = vi.fn(() => answered("done"));
    const { run, counts, reports } = await processOf({ store: overriding(store, failing) });
    for (let i = 0; i < 3; i++) {
      await expect(run(same(), handler)).rejects.toMatchObject({
        status: 503,
        executed: "no",
        retryAfterMs: 1_000,
      });
    }
    expect(handler).not.toHaveBeenCalled();
    expect(counts()).toMatchObject({ storeFailures: 3 });
    expect(reports).toEqual(["begin: ECONNREFUSED"]);
  });

  it("that is away: requests run, where the service wants that", async () => {
    const { store } = storeOf();
    const { run, counts } = await processOf({ store: overriding(store, failing), whenStoreFails: "run" });
    expect((await run(same(), () => answered("done"))).statusCode).toBe(200);
    expect(counts()).toMatchObject({ unprotected: 1, ran: 0 });
  });

  it("that is away: a one-way request waits for it, since nobody would hear that it was refused", async () => {
    const { store, clock } = storeOf();
    const begin = vi.fn(store.begin.bind(store)).mockRejectedValueOnce(new Error("away"));
    const { run, stop } = await processOf({ store: overriding(store, { begin }) }, clock);
    const handler = vi.fn(() => answered("done"));
    const ran = run(same({ kind: "void" }), handler);
    await turns();
    expect(handler).not.toHaveBeenCalled();
    clock.advance(10);
    await ran;
    expect(handler).toHaveBeenCalledTimes(1);
    await stop();
  });

  it("that hangs holds a call for its limit, and half of what the caller waits still, at most", async () => {
    const { store, clock } = storeOf();
    const begin = () => new Promise<never>(() => {});
    const { run } = await processOf({ store: overriding(store, { begin }), storeTimeoutMs: 500 }, clock);
    for (const [deadlineMs, withinMs] of [
      [undefined, 500],
      [clock.now() + 500 + 200, 110],
    ] as const) {
      const refused = run(same({ deadlineMs }), () => answered("done"));
      refused.catch(() => {});
      await turns();
      clock.advance(withinMs);
      await expect(refused).rejects.toMatchObject({ status: 503 });
    }
    expect(clock.timerCount).toBe(0);
  });

  it("that gives a request away too late gets it back", async () => {
    const { store, clock } = storeOf();
    const late = withResolvers<void>();
    const begin: IdempotencyStore["begin"] = async (key, claim) => {
      await late.promise;
      return store.begin(key, claim);
    };
    const { run } = await processOf({ store: overriding(store, { begin }) }, clock);
    const refused = run(same(), () => answered("done"));
    refused.catch(() => {});
    await vi.waitFor(() => expect(clock.timerCount).toBe(1));
    clock.advance(1_000);
    await expect(refused).rejects.toMatchObject({ status: 503 });
    late.resolve();
    await turns();
    expect((await run(same(), () => answered("done"))).statusCode).toBe(200);
  });

  /** Answers all in the order in which they were asked, but none before it is let go. */
  function stalling(store: IdempotencyStore) {
    const going = withResolvers<void>();
    const begin = vi.fn<IdempotencyStore["begin"]>(async (key, claim) => {
      await going.promise;
      return store.begin(key, claim);
    });
    return { begin, go: going.resolve };
  }

  it("that stalls: a request is not taken from its own run by the late answer to its first question", async () => {
    const { store, clock } = storeOf();
    const { begin, go } = stalling(store);
    const { run, stop } = await processOf({ store: overriding(store, { begin }) }, clock);
    const running = withResolvers<ResponseEnvelope>();
    const handler = vi.fn(() => running.promise);
    const ran = run(same({ kind: "void" }), handler);
    await turns();
    clock.advance(1_000);
    await turns();
    clock.advance(10);
    await turns();
    expect(begin).toHaveBeenCalledTimes(2);
    go();
    await turns();
    expect(handler).toHaveBeenCalledTimes(1);
    const other = { token: "t", lockMs: 1_000, fingerprint: "" };
    expect(await store.begin(KEY, other)).toMatchObject({ state: "pending" });
    running.resolve(answered("done"));
    await ran;
    expect(await store.begin(KEY, other)).toMatchObject({ state: "done" });
    await stop();
  });

  it("that stalls gets a request back that it gave away before the server gave the request up", async () => {
    const { store, clock } = storeOf();
    const { begin, go } = stalling(store);
    const asked = vi.fn<IdempotencyStore["begin"]>(() => new Promise(() => {})).mockImplementationOnce(begin);
    const { run, stop } = await processOf({ store: overriding(store, { begin: asked }) }, clock);
    const controller = new AbortController();
    const lost = run(same({ kind: "void", signal: controller.signal }), () => answered("done"));
    lost.catch(() => {});
    await turns();
    clock.advance(1_000);
    await turns();
    clock.advance(10);
    await turns();
    go();
    await turns();
    const other = { token: "t", lockMs: 1_000, fingerprint: "" };
    expect(await store.begin(KEY, other)).toMatchObject({ state: "pending" });
    controller.abort();
    clock.advance(1_000);
    await expect(lost).rejects.toMatchObject({ status: 503 });
    await turns();
    expect(await store.begin(KEY, other)).toMatchObject({ state: "fresh" });
    await stop();
  });

  it("that keeps an answer whose caller waits no longer has its usual time for it", async () => {
    const { store, clock } = storeOf();
    const kept = withResolvers<boolean>();
    const complete = () => kept.promise;
    const { run, reports, counts, stop } = await processOf({ store: overriding(store, { complete }) }, clock);
    const answer = run(same({ deadlineMs: 100 }), () => {
      clock.advance(200);
      return answered("late");
    });
    await turns();
    clock.advance(500);
    await turns();
    kept.resolve(true);
    expect((await answer).statusCode).toBe(200);
    expect(reports).toEqual([]);
    expect(counts()).toMatchObject({ storeFailures: 0 });
    await stop();
  });

  it("that cannot keep an answer harms no call: its caller gets it", async () => {
    const { store, clock } = storeOf();
    const complete = () => new Promise<never>(() => {});
    const { run, reports, stop } = await processOf({ store: overriding(store, { complete }) }, clock);
    const answer = run(same(), () => answered("done"));
    await vi.waitFor(() => expect(clock.timerCount).toBe(2));
    clock.advance(1_000);
    expect((await answer).statusCode).toBe(200);
    expect(reports).toEqual(["complete: the store did not answer complete in time"]);
    await stop();
  });

  it("that has kept something else is taken for one that is away", async () => {
    const { store, clock } = storeOf();
    const { run, reports } = await processOf({ store }, clock);
    const claim = { token: "t", lockMs: 1_000, fingerprint: "" };
    await store.complete(KEY, claim, Uint8Array.of(9), 1_000);
    await expect(run(serverCall({ id: ID }), () => answered("done"))).rejects.toMatchObject({ status: 503 });
    expect(reports).toEqual(["replay: what was kept is no answer"]);
  });

  it("is not shared by an object that is part of two servers", async () => {
    const extension = idempotency({ store: memoryStore() });
    await extension.server?.start?.(extensionHost());
    await expect(async () => extension.server?.start?.(extensionHost())).rejects.toThrow(
      /make one for each server/,
    );
    await extension.server?.stop?.();
    await extension.server?.start?.(extensionHost());
  });
});

function overriding(store: IdempotencyStore, other: Partial<IdempotencyStore>): IdempotencyStore {
  return {
    begin: (...args) => store.begin(...args),
    renew: (...args) => store.renew(...args),
    complete: (...args) => store.complete(...args),
    abandon: (...args) => store.abandon(...args),
    ...other,
  };
}
