import { runWithDeadline } from "@porthos-rpc/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import {
  type CallOptions,
  checkCallOptions,
  checkOneWayOptions,
  checkStreamOptions,
  type StreamOptions,
} from "./call-options.js";

const NOW_MS = 1_700_000_000_000;
const noSignals: unknown[] = [null, {}, new AbortController(), "abort"];
const noDates: unknown[] = [null, 1, "2030-01-01", new Date(Number.NaN), {}];
const noDurations: unknown[] = [null, 0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2_147_483_648, "1s"];
const noIntervals: unknown[] = [null, 0, 249, 250.5, 2_147_483_648, "5s"];
const noWindows: unknown[] = [null, 0, -1, 1.5, 65_536, "256"];

type Check = (where: string, options: never) => unknown;

const wrongOf = (options: Readonly<Record<string, readonly unknown[]>>): [string, unknown][] =>
  Object.entries(options).flatMap(([name, values]) =>
    values.map((value): [string, unknown] => [name, value]),
  );

const noHeaders: unknown[] = [null, 1, "a", [["a", "b"]]];
const ALL = { headers: noHeaders, timeoutMs: noDurations, deadline: noDates, signal: noSignals };
const LIVENESS = { aliveEveryMs: noIntervals, onAlive: [null, "f", {}] };
const ONE_WAY = { ...ALL, idempotent: [null, 1, "true"] };
const CALL = { ...ONE_WAY, ...LIVENESS };
const STREAM = { ...ALL, ...LIVENESS, idleTimeoutMs: noDurations, window: noWindows };

describe.each<[string, Check, Readonly<Record<string, readonly unknown[]>>, readonly string[]]>([
  ["a call", checkCallOptions, CALL, ["idleTimeoutMs", "window", "timeout"]],
  ["a one-way call", checkOneWayOptions, ONE_WAY, ["aliveEveryMs", "onAlive", "idleTimeoutMs", "window"]],
  ["a stream", checkStreamOptions, STREAM, ["upload", "credit", "timeout", "idempotent"]],
])("the options of %s", (_, check, options, unknown) => {
  it.each(wrongOf(options))("are refused by name: %s of %j", (name, value) => {
    expect(() => check("S.m", { [name]: value } as never)).toThrow(TypeError);
    expect(() => check("S.m", { [name]: value } as never)).toThrow(
      new RegExp(`^S\\.m: option "${name}" must be `),
    );
  });

  it.each(unknown.map((name) => [name]))("are refused when they do not exist: %s", (name) => {
    expect(() => check("S.m", { [name]: 1 } as never)).toThrow(
      new RegExp(`^S\\.m: unknown option "${name}"; the options are timeoutMs, deadline, signal`),
    );
  });

  it.each([[null], [[]], ["500"], [500]])("are refused when they are none: %j", (none) => {
    expect(() => check("S.m", none as never)).toThrow(/^S\.m: expected an object of options/);
  });
});

describe("options", () => {
  it("are taken as they are where they are right, at their bounds and undefined, too", () => {
    const options: StreamOptions = {
      timeoutMs: 0.5,
      deadline: new Date(0),
      signal: AbortSignal.abort(),
      aliveEveryMs: 250,
      onAlive: () => {},
      idleTimeoutMs: 2_147_483_647,
      window: 65_535,
    };
    expect(checkStreamOptions("S.m", options)).toBe(options);
    expect(checkStreamOptions("S.m", { window: 1 })).toEqual({ window: 1 });
    for (const check of [checkCallOptions, checkOneWayOptions, checkStreamOptions]) {
      const none = { timeoutMs: undefined, deadline: undefined, signal: undefined } as never;
      expect(check("S.m", none)).toBe(none);
    }
  });

  it("of another realm's AbortSignal, or a polyfill's, will do", () => {
    const signal = { aborted: false, addEventListener: () => {} } as never;
    expect(checkCallOptions("S.m", { signal })).toEqual({ signal });
  });
});

describe("how long a call may take", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const inMs = (ms: number): Date => new Date(NOW_MS + ms);

  /** What is left of the time of the request that a call belongs to. */
  function within<T>(timeLeftMs: number, run: () => T): T {
    return runWithDeadline({ timeLeftMs }, run, undefined);
  }

  /** The time to live that a call with these options goes with. */
  async function ttlOf(make: (client: ReturnType<typeof scripted>["client"]) => Promise<unknown>) {
    const { client, transport, clock } = scripted();
    void watch(make(client));
    await settle();
    const { ttlMs } = transport.last.message;
    await client.close();
    expect(clock.timerCount).toBe(0);
    return ttlMs;
  }

  it("is the client's timeout if nothing is said", async () => {
    expect(await ttlOf((client) => client.call("m").sync())).toBe(1_000);
  });

  it.each<[CallOptions, number | undefined, number]>([
    [{ timeoutMs: 5_000 }, undefined, 5_000],
    [{}, 700, 700],
    [{}, 60_000, 1_000],
    [{ timeoutMs: 300 }, 700, 300],
    [{ timeoutMs: 5_000 }, 700, 700],
  ])(
    "is the least of its timeout and its deadline: %j, deadline in %s ms",
    async (options, deadlineMs, ttl) => {
      const builder = (client: ReturnType<typeof scripted>["client"]) => {
        const call = client.call("m");
        if (options.timeoutMs !== undefined) call.withTimeout(options.timeoutMs);
        if (deadlineMs !== undefined) call.withDeadline(inMs(deadlineMs));
        return call;
      };
      expect(await ttlOf((client) => builder(client).sync())).toBe(ttl);
      expect(await ttlOf(async (client) => (await builder(client).async()).response)).toBe(ttl);
    },
  );

  it("is no longer than what is left of the request that it is part of, whatever its own options say", async () => {
    expect(await ttlOf((client) => within(400, () => client.call("m").sync()))).toBe(400);
    const patient: CallOptions = { timeoutMs: 60_000, deadline: inMs(60_000) };
    expect(
      await ttlOf((client) =>
        within(400, () =>
          client
            .call("m")
            .withTimeout(60_000)
            .withDeadline(patient.deadline as Date)
            .sync(),
        ),
      ),
    ).toBe(400);
    expect(await ttlOf((client) => within(4_000, () => client.call("m").sync()))).toBe(1_000);
    expect(await ttlOf((client) => within(Number.POSITIVE_INFINITY, () => client.call("m").sync()))).toBe(
      1_000,
    );
  });

  it.each([0, -5])(
    "that is over already is Timeout, not executed, and nothing is sent: %i ms",
    async (leftMs) => {
      const { client, transport, clock } = scripted();
      const calls = [
        client.call("m").withDeadline(inMs(leftMs)).sync(),
        client.call("m").withDeadline(inMs(leftMs)).void(),
        within(leftMs, () => client.call("m").sync()),
        client.call("m").withDeadline(inMs(leftMs)).stream().next(),
        within(leftMs, () => client.call("m").stream().next()),
      ];
      for (const call of calls) {
        await expect(call).rejects.toMatchObject({
          code: "Timeout",
          executed: "no",
          message: "S.m: its deadline had passed before it was made",
        });
      }
      expect(transport).toMatchObject({ sent: [], inboxes: [], leases: 0 });
      expect(clock.timerCount).toBe(0);
    },
  );

  it("is for a one-way call its own affair: it may outlast the request that it is part of", async () => {
    const { client, transport, clock } = scripted();
    const call = watch(within(-5, () => client.call("m").withTimeout(500).void()));
    await settle();
    expect(transport.sent).toHaveLength(1);
    clock.advance(499);
    await settle();
    expect(call.state).toBe("pending");
    clock.advance(11);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout" });
    expect(clock.timerCount).toBe(0);
  });

  it("counts for a stream from the first item that is asked for, and not from when it was made", async () => {
    const { client, transport } = scripted();
    const items = client.call("m").withDeadline(inMs(700)).stream();
    vi.setSystemTime(NOW_MS + 300);
    void watch(items.next());
    await settle();
    expect(transport.last.message.ttlMs).toBe(400);
    expect(transport.last.message.headers.get("porthos-timeout")).toBe(400);
    await client.close();
  });

  it("of a stream is told to its server only if it has an end", async () => {
    const { client, transport } = scripted();
    void watch(client.call("m").stream().next());
    void watch(client.call("m").withTimeout(60_000.4).stream().next());
    void watch(within(400, () => client.call("m").stream().next()));
    await settle();
    expect(
      transport.sent.map(({ message }) => [message.ttlMs, message.headers.get("porthos-timeout")]),
    ).toEqual([
      [1_000, undefined],
      [1_000, 60_001],
      [400, 400],
    ]);
    await client.close();
  });
});
