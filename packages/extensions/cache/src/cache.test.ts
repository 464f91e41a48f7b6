import {
  type ClientCall,
  type Extension,
  encodeText,
  HANDLER_STUCK,
  type HeaderValue,
  jsonCodec,
  type MethodSpec,
  problemResponse,
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
import { describe, expect, it, vi } from "vitest";
import { type CacheOptions, cache } from "./index.js";

async function turns(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await undefined;
}

type Answering = (call: ClientCall & ServerCall) => unknown;

async function installed(side: "client" | "server", options: CacheOptions) {
  const clock = new ManualClock();
  const methods = new Map<string, MethodSpec | undefined>([["test", undefined]]);
  const extension: Extension = cache(options);
  const part = extension[side];
  await part?.start?.(extensionHost({ side, clock, methods }));
  const run = (call: object, answer: Answering): Promise<ResponseEnvelope> =>
    (async () => part?.wrap?.run(call as never, answer as never))() as Promise<ResponseEnvelope>;
  const counts = () => part?.describe?.() as Record<string, number>;
  return { clock, run, counts, part };
}

const onClient = (options: CacheOptions = {}) => installed("client", options);
const onServer = (options: CacheOptions = {}) => installed("server", { methods: ["test"], ...options });

const call = (given: Partial<ClientCall> = {}): ClientCall => clientCall({ idempotent: true, ...given });

function withHeaders(...headers: [string, HeaderValue][]): ClientCall {
  const { request } = call();
  return call({ request: { ...request, headers: new Map(headers) } });
}

const answered = (text: string, given: Partial<ResponseEnvelope> = {}): ResponseEnvelope =>
  responseEnvelope({ body: encodeText(text), ...given });

const textOf = ({ body }: ResponseEnvelope): string => new TextDecoder().decode(body);

/** An answer that a test gives when it wants to, to as many as ask. */
function held() {
  const asked: {
    readonly call: ClientCall & ServerCall;
    answer(a: ResponseEnvelope): void;
    fail(e: unknown): void;
  }[] = [];
  const answering: Answering = (given) =>
    new Promise((answer, fail) => asked.push({ call: given, answer, fail }));
  return { asked, answering };
}

describe("an answer that is kept", () => {
  it.each([
    ["client", onClient, call()],
    ["server", onServer, serverCall()],
  ] as const)("is given again by a %s, until its time is over", async (_side, install, given) => {
    const { run, clock, counts } = await install({ ttlMs: 5_000 });
    const answer = vi.fn(() => answered("one"));
    for (let i = 0; i < 3; i++) expect(textOf(await run(given, answer))).toBe("one");
    expect(counts()).toMatchObject({ hits: 2, misses: 1, entries: 1 });
    clock.advance(5_001);
    await run(given, answer);
    expect(answer).toHaveBeenCalledTimes(2);
    expect(clock.timerCount).toBe(0);
  });

  it("is kept as long as it says itself", async () => {
    const { run, clock } = await onClient({ ttlMs: 5_000 });
    const answer = vi.fn(() => answered("one", { headers: new Map([["Cache-Control", "max-age=60"]]) }));
    for (let i = 0; i < 2; i++) {
      await run(call(), answer);
      clock.advance(59_000);
    }
    expect(answer).toHaveBeenCalledTimes(1);
  });

  it("can be changed by whoever gets it, without harm to others", async () => {
    const { run } = await onClient();
    const own = answered("one", { headers: new Map<string, HeaderValue>([["list", [1]]]) });
    for (let i = 0; i < 4; i++) {
      const answer = await run(call(), () => own);
      expect(textOf(answer)).toBe("one");
      expect(answer.headers?.get("list")).toEqual([1]);
      answer.body.fill(0);
      const headers = answer.headers as Map<string, HeaderValue>;
      (headers.get("list") as number[]).push(2);
      headers.set("more", 1);
    }
  });

  it.each<[string, object]>([
    ["a call that may not be made twice", call({ idempotent: false })],
    ["a one-way call", call({ kind: "void" })],
    ["a stream", call({ kind: "stream" })],
    ["a method that was not named", call({ method: "other" })],
    ["a body that is too large", call({ request: { ...call().request, body: new Uint8Array(11) } })],
  ])("there is none of %s", async (_what, given) => {
    const { run, counts } = await onClient({ methods: ["test"], maxBodyBytes: 10 });
    for (let i = 0; i < 2; i++) await run(given, () => answered("one"));
    expect(counts()).toMatchObject({ hits: 0, entries: 0 });
  });

  it.each<[string, Partial<ResponseEnvelope>]>([
    ["is an error", { statusCode: 404 }],
    ["must not be kept", { headers: new Map([["Cache-Control", "no-store"]]) }],
    ["is too large", { body: new Uint8Array(11) }],
  ])("there is none that %s", async (_what, given) => {
    const { run, counts } = await onClient({ maxBodyBytes: 10 });
    for (let i = 0; i < 2; i++) await run(call(), () => answered("one", given));
    expect(counts()).toMatchObject({ misses: 2, entries: 0 });
  });

  it.each(["authorization", "Authorization", "cookie", "X-API-Key", "tenant"])(
    "is given to no call with another header %s",
    async (name) => {
      const { run } = await onClient({ vary: ["Tenant"] });
      const answers = [];
      for (const value of ["a", "b", "a"])
        answers.push(textOf(await run(withHeaders([name, value]), () => answered(value))));
      expect(answers).toEqual(["a", "b", "a"]);
    },
  );

  it("makes room for the next: of entries and of bytes, those that nobody asked for go first", async () => {
    const asking = (id: number): ClientCall =>
      call({ request: { ...call().request, body: encodeText(`${id}`) } });
    const few = await onClient({ maxEntries: 2 });
    for (const id of [1, 2, 1, 3, 1]) await few.run(asking(id), () => answered("x"));
    expect(few.counts()).toMatchObject({ entries: 2, hits: 2 });
    const small = await onClient({ maxBytes: 5_000 });
    for (let id = 0; id < 20; id++) await small.run(asking(id), () => answered("x".repeat(1_000)));
    expect(small.counts()["entries"]).toBe(4);
    expect(small.counts()["bytes"]).toBeLessThanOrEqual(5_000);
  });

  it("is forgotten when its client or server stops", async () => {
    const { run, counts, part } = await onClient();
    await run(call(), () => answered("one"));
    await part?.stop?.();
    expect(counts()).toMatchObject({ entries: 0, bytes: 0 });
  });
});

describe("calls that are the same, at the same time,", () => {
  it.each([
    ["client", onClient, call()],
    ["server", onServer, serverCall()],
  ] as const)("are one, on a %s", async (_side, install, given) => {
    const { run, counts } = await install();
    const { asked, answering } = held();
    const answers = [1, 2, 3].map(() => run(given, answering));
    await turns();
    expect(asked).toHaveLength(1);
    asked[0]?.answer(answered("all"));
    const got = await Promise.all(answers);
    expect(got.map(textOf)).toEqual(["all", "all", "all"]);
    expect(new Set(got.map(({ body }) => body.buffer)).size).toBe(3);
    expect(counts()).toMatchObject({ misses: 1, joined: 2 });
  });

  it("get what is not kept, too; the next call is made anew", async () => {
    const { run } = await onClient();
    const { asked, answering } = held();
    const answers = [run(call(), answering), run(call(), answering)];
    await turns();
    asked[0]?.answer(answered("no", { statusCode: 404 }));
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual([404, 404]);
    void run(call(), answering);
    await turns();
    expect(asked).toHaveLength(2);
  });

  const onlyForItsCaller: readonly [name: string, value: HeaderValue][] = [
    ["Cache-Control", "no-store"],
    ["Set-Cookie", "session=1"],
    ["Vary", "accept-language"],
  ];

  it.each([
    ...onlyForItsCaller.map((header) => ["client", ...header, onClient, call()] as const),
    ...onlyForItsCaller.map((header) => ["server", ...header, onServer, serverCall()] as const),
    ["server", "Cache-Control", "private", onServer, serverCall()] as const,
  ])(
    "on a %s do not get what says that it is its caller's only (%s: %s): each is made, all at once",
    async (...row) => {
      const [, name, value, install, given] = row;
      const headers = new Map([[name, value]]);
      const { run, counts } = await install();
      const { asked, answering } = held();
      const answers = [1, 2, 3].map(() => run(given, answering));
      await turns();
      expect(asked).toHaveLength(1);
      asked[0]?.answer(answered("0", { headers }));
      await turns();
      expect(asked).toHaveLength(3);
      for (const [index, { answer }] of asked.entries()) answer(answered(`${index}`, { headers }));
      expect((await Promise.all(answers)).map(textOf)).toEqual(["0", "1", "2"]);
      expect(counts()).toMatchObject({ misses: 3, joined: 2, entries: 0 });
    },
  );

  it("that are made after all have what is left of their time", async () => {
    const { run, clock } = await onClient();
    const { asked, answering } = held();
    const answers = [run(call(), answering), run(call({ timeoutMs: 900 }), answering)];
    await turns();
    clock.advance(400);
    asked[0]?.answer(answered("one", { headers: new Map([["Cache-Control", "no-store"]]) }));
    await turns();
    expect(asked[1]?.call.timeoutMs).toBe(500);
    asked[1]?.answer(answered("other"));
    expect((await Promise.all(answers)).map(textOf)).toEqual(["one", "other"]);
  });

  it("share an answer that is private on a client, which is one caller, and one that is over at once", async () => {
    for (const said of ["private", "max-age=0"]) {
      const { run } = await onClient();
      const { asked, answering } = held();
      const answers = [run(call(), answering), run(call(), answering)];
      await turns();
      asked[0]?.answer(answered("one", { headers: new Map([["Cache-Control", said]]) }));
      expect((await Promise.all(answers)).map(textOf)).toEqual(["one", "one"]);
    }
  });

  it("say of a call that was sent more than once only what is true of all its runs", async () => {
    const { run } = await onClient();
    const { asked, answering } = held();
    const [, second] = [run(call(), answering), run(call(), answering)];
    await turns();
    const refused = problemResponse({ status: 429, title: "Overloaded", executed: "no" });
    asked[0]?.answer({ ...refused, wasSentBefore: true } as ResponseEnvelope);
    expect(jsonCodec.decode((await second).body)).toMatchObject({ executed: "maybe" });
  });

  it("fail together, each with an error of its own", async () => {
    const { run } = await onClient();
    const { asked, answering } = held();
    const calls = [run(call(), answering), run(call(), answering)];
    const failures = Promise.all(calls.map((each) => each.catch((error: unknown) => error)));
    await turns();
    asked[0]?.fail(new RpcError("Unavailable", "gone", { executed: "maybe" }));
    const [one, other] = await failures;
    for (const error of [one, other])
      expect(error).toMatchObject({ code: "Unavailable", message: "gone", executed: "maybe" });
    expect(other).not.toBe(one);
    expect(asked).toHaveLength(1);
  });

  it("fail together if the service gives the handler up: it would give up the next one's, too", async () => {
    const { run } = await onClient();
    const { asked, answering } = held();
    const calls = [run(call(), answering), run(call(), answering)];
    const failures = Promise.all(calls.map((each) => each.catch((error: unknown) => error)));
    await turns();
    asked[0]?.fail(new RpcError("Timeout", "stuck", { details: { title: HANDLER_STUCK } }));
    expect(await failures).toMatchObject([{ code: "Timeout" }, { code: "Timeout" }]);
    expect(asked).toHaveLength(1);
  });

  it.each(["Cancelled", "Timeout"] as const)(
    "do not end with the %s of the one that was made for all: the next is made, in what is left of its time",
    async (code) => {
      const { run, clock } = await onClient();
      const { asked, answering } = held();
      const first = run(call({ timeoutMs: 400 }), answering);
      const others = [run(call(), answering), run(call(), answering)];
      await turns();
      clock.advance(400);
      asked[0]?.fail(new RpcError(code, "its own"));
      await expect(first).rejects.toMatchObject({ code });
      await turns();
      expect(asked).toHaveLength(2);
      expect(asked[1]?.call.timeoutMs).toBe(600);
      asked[1]?.answer(answered("late"));
      expect((await Promise.all(others)).map(textOf)).toEqual(["late", "late"]);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("on a server do not wait for a handler whose caller has given up, and take nothing from it", async () => {
    const { run, counts } = await onServer();
    const { asked, answering } = held();
    const controller = new AbortController();
    const first = run(serverCall({ signal: controller.signal }), answering);
    const second = run(serverCall(), answering);
    await turns();
    controller.abort();
    await turns();
    expect(asked).toHaveLength(2);
    asked[0]?.answer(answered("half"));
    asked[1]?.answer(answered("whole"));
    expect(textOf(await first)).toBe("half");
    expect(textOf(await second)).toBe("whole");
    expect(textOf(await run(serverCall(), answering))).toBe("whole");
    expect(counts()).toMatchObject({ entries: 1 });
  });

  it("nothing is kept of a handler whose caller has given up, though nobody waits for it", async () => {
    const { run, counts } = await onServer();
    const controller = new AbortController();
    await run(serverCall({ signal: controller.signal }), () => {
      controller.abort();
      return answered("half");
    });
    expect(counts()).toMatchObject({ entries: 0 });
  });

  it("end at their own deadlines", async () => {
    const { run, clock } = await onClient();
    const { asked, answering } = held();
    const first = run(call(), answering);
    const second = run(call({ timeoutMs: 200 }), answering);
    second.catch(() => {});
    await turns();
    clock.advance(210);
    await expect(second).rejects.toMatchObject({ code: "Timeout", executed: "maybe" });
    asked[0]?.answer(answered("one"));
    expect(textOf(await first)).toBe("one");
    expect(clock.timerCount).toBe(0);
  });

  it("are given up one by one: the others go on, and the one that was made for all is told nothing", async () => {
    const { run, clock } = await onClient();
    const { asked, answering } = held();
    const controller = new AbortController();
    const { signal } = controller;
    const first = run(call(), answering);
    // More than ten, of which Node would warn.
    const others = Array.from({ length: 12 }, () => run(call({ signal }), answering));
    const ended = Promise.allSettled(others);
    await turns();
    controller.abort(new Error("enough"));
    expect((await ended).map((each) => (each as PromiseRejectedResult).reason)).toEqual(
      others.map(() => expect.objectContaining({ code: "Cancelled", cause: new Error("enough") })),
    );
    expect(asked[0]?.call.signal).toBeUndefined();
    asked[0]?.answer(answered("one"));
    expect(textOf(await first)).toBe("one");
    expect(clock.timerCount).toBe(0);
  });
});

describe("cache", () => {
  it("is refused by a server that does not say of which methods, or names one that it has not", async () => {
    await expect(installed("server", {})).rejects.toThrow(/on a server the option "methods" must name/);
    await expect(onServer({ methods: ["get*"] })).rejects.toThrow(
      /TestService has no method that fits "get\*"/,
    );
  });

  it("is refused by a second client or server", async () => {
    const { part } = await onClient();
    const start = async () => part?.start?.(extensionHost({ side: "client" }));
    await expect(start()).rejects.toThrow(/make one for each/);
    await part?.stop?.();
    await start();
  });

  it("tells what it is set to, and how it does", async () => {
    const { counts } = await onClient({ vary: ["Tenant"], methods: ["test"] });
    expect(counts()).toEqual({
      ttlMs: 10_000,
      maxEntries: 1_000,
      maxBytes: 16_777_216,
      maxBodyBytes: 262_144,
      vary: ["authorization", "proxy-authorization", "cookie", "x-api-key", "tenant"],
      methods: ["test"],
      hits: 0,
      misses: 0,
      joined: 0,
      uncacheable: 0,
      entries: 0,
      bytes: 0,
    });
  });
});
