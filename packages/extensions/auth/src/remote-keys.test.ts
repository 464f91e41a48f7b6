import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { Guarded } from "../test/guarded.js";
import { AUDIENCE, ISSUER, Issuer, KeyServer } from "../test/issuer.js";

const UNAVAILABLE = {
  status: 503,
  words: "tokens cannot be verified now: the keys of their issuer cannot be reached. Try again later",
  retryAfterMs: 1_000,
};

/** A server whose tokens' keys are at a URL, which have been fetched if they can be. */
async function guarded(prepare: (keys: KeyServer) => void = () => {}) {
  const clock = new ManualClock();
  const issuer = new Issuer(clock);
  await issuer.addKey();
  const keys = await KeyServer.start(issuer);
  prepare(keys);
  const gate = await Guarded.by(clock, { jwksUrl: keys.url, issuer: ISSUER, audience: AUDIENCE });
  await vi.waitFor(() => expect(keys.requests).toBe(1));
  return {
    clock,
    issuer,
    keys,
    gate,
    async [Symbol.asyncDispose]() {
      await gate.stop();
      await keys[Symbol.asyncDispose]();
    },
  };
}

const failing = (keys: KeyServer): void => {
  keys.answer = () => ({ status: 500, body: "" });
};

describe("keys at a URL", () => {
  it("are fetched at the start, once for all calls", async () => {
    await using at = await guarded();
    const tokens = await Promise.all([1, 2, 3, 4].map((n) => at.issuer.token({ claims: { n } })));
    const outcomes = await Promise.all(tokens.map((token) => at.gate.bearing(token)));
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(at.keys.requests).toBe(1);
    expect(at.gate.describe()).toMatchObject({ jwksUrl: expect.stringMatching(/\/jwks$/) });
  });

  it("are fetched anew for a token that names another key, but no more than every 30 s", async () => {
    await using at = await guarded();
    expect(await at.gate.bearing(await at.issuer.token())).toMatchObject({ status: 200 });
    await at.issuer.addKey();
    const rotated = await at.issuer.token();
    expect(await at.gate.bearing(rotated)).toMatchObject({ status: 401 });
    at.clock.advance(30_000);
    expect(await at.gate.bearing(rotated)).toMatchObject({ status: 200 });
    expect(at.keys.requests).toBe(2);
    const stranger = new Issuer(at.clock);
    for (let n = 0; n < 5; n++) await stranger.addKey();
    for (let n = 0; n < 3; n++)
      expect(await at.gate.bearing(await stranger.token())).toMatchObject({ status: 401 });
    expect(at.keys.requests).toBe(2);
  });

  it("that were withdrawn are good for nothing once that is known, though their tokens were verified before", async () => {
    await using at = await guarded();
    const old = await at.issuer.token();
    expect(await at.gate.bearing(old)).toMatchObject({ status: 200 });
    at.issuer.keys.shift();
    await at.issuer.addKey();
    at.clock.advance(10 * 60_000 + 1);
    expect(await at.gate.bearing(await at.issuer.token())).toMatchObject({ status: 200 });
    await vi.waitFor(async () => expect(await at.gate.bearing(old)).toMatchObject({ status: 401 }));
  });

  it("that cannot be had make it 503 with a time, are reported, and are not asked for again for a second", async () => {
    await using at = await guarded(failing);
    const token = await at.issuer.token();
    expect(await at.gate.bearing(token)).toMatchObject(UNAVAILABLE);
    for (let n = 0; n < 5; n++) expect(await at.gate.bearing(token)).toMatchObject(UNAVAILABLE);
    expect(at.keys.requests).toBe(1);
    expect(at.gate.reports).toEqual([
      { during: "fetching keys", error: new Error("the keys' server answered 500") },
    ]);
    at.clock.advance(1_000);
    at.keys.answer = () => ({ status: 200, body: JSON.stringify({ keys: at.issuer.jwks }) });
    expect(await at.gate.bearing(token)).toMatchObject({ status: 200 });
  });

  it.each([
    ["no JSON", "<html>"],
    ["JSON of another kind", "7"],
    ["more than anybody has", `{"keys":[],"x":"${"x".repeat(1024 * 1024)}"}`],
  ])("that are %s are none", async (_what, body) => {
    await using at = await guarded((keys) => {
      keys.answer = () => ({ status: 200, body });
    });
    expect(await at.gate.bearing(await at.issuer.token())).toMatchObject(UNAVAILABLE);
    expect(at.gate.reports).toHaveLength(1);
  });

  it("that never come are waited for in bounded time", async () => {
    await using at = await guarded((keys) => {
      keys.answer = undefined;
    });
    const waiting = at.gate.bearing(await at.issuer.token());
    at.clock.advance(5_000);
    expect(await waiting).toMatchObject(UNAVAILABLE);
    expect(String(at.gate.reports[0]?.error)).toContain("the keys did not come within 5000 ms");
  });

  it("are used for an hour while they cannot be fetched anew, and no longer", async () => {
    await using at = await guarded();
    const token = (n: number) => at.issuer.token({ claims: { n }, expiresInS: 86_400 });
    expect(await at.gate.bearing(await token(1))).toMatchObject({ status: 200 });
    failing(at.keys);
    at.clock.advance(60 * 60_000);
    expect(await at.gate.bearing(await token(2))).toMatchObject({ status: 200 });
    await vi.waitFor(() => expect(at.gate.reports).toHaveLength(1));
    at.clock.advance(1_000);
    expect(await at.gate.bearing(await token(3))).toMatchObject(UNAVAILABLE);
  });

  it("leave no fetch and no timer behind when the server stops", async () => {
    await using at = await guarded((keys) => {
      keys.answer = undefined;
    });
    await at.gate.stop();
    await vi.waitFor(() => expect(at.clock.timerCount).toBe(0));
    await new Promise((resolve) => setImmediate(resolve));
    expect(at.gate.reports).toEqual([]);
  });
});
