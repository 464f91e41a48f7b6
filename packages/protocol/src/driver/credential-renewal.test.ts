import { describe, expect, test } from "vitest";
import { RpcError } from "../errors.js";
import { ManualClock } from "../testing.js";
import { CredentialRenewal } from "./credential-renewal.js";

const DAY_MS = 86_400_000;

/** What each renewal is to come to: the life of the new credentials in ms, undefined for endless ones, or an error. */
function setUp(...answers: (number | undefined | Error | "never")[]) {
  const clock = new ManualClock();
  const told: string[] = [];
  let asked = 0;
  const renewal = new CredentialRenewal({
    clock,
    random: () => 0,
    renew: async () => {
      const answer = answers[asked++];
      if (answer === "never") return new Promise(() => {});
      if (answer instanceof Error) throw answer;
      return answer === undefined ? undefined : clock.epochMs() + answer;
    },
    onFailed: ({ message }) => told.push(`at ${clock.now()} failed: ${message}`),
    onExpired: ({ message }) => told.push(`at ${clock.now()} expired: ${message}`),
  });
  const start = (lifeMs: number): void => renewal.start(clock.epochMs() + lifeMs);
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, renewal, told, start, advance, asked: () => asked };
}

const SEALED = new RpcError("Unavailable", "vault is sealed");

describe("CredentialRenewal", () => {
  test("credentials are renewed after 80 % of their life, and so are the next", async () => {
    const { start, advance, asked, told } = setUp(20_000, 20_000);
    start(10_000);
    await advance(7_999);
    expect(asked()).toBe(0);
    await advance(1);
    expect(asked()).toBe(1);
    await advance(15_999);
    expect(asked()).toBe(1);
    await advance(1);
    expect([asked(), told]).toEqual([2, []]);
  });

  test("credentials that do not end need no renewal, from the start or from then on", async () => {
    const { clock, renewal, start, advance } = setUp(undefined);
    renewal.start(undefined);
    expect(clock.timerCount).toBe(0);
    start(10_000);
    await advance(8_000);
    expect(clock.timerCount).toBe(0);
  });

  test("what fails is told and tried again with growing pauses, and forgotten when it works", async () => {
    const { start, advance, told, asked } = setUp(SEALED, SEALED, 100_000);
    start(100_000);
    await advance(80_000);
    await advance(1_000);
    expect(told).toEqual([
      "at 80000 failed: the credentials, which end in 20000 ms, could not be renewed: vault is sealed",
      "at 81000 failed: the credentials, which end in 19000 ms, could not be renewed: vault is sealed",
    ]);
    await advance(2_000);
    expect(asked()).toBe(3);
    await advance(79_999);
    expect([asked(), told.length]).toEqual([3, 2]);
  });

  test("when they end although it was tried, that is told once, with the reason, and nothing goes on", async () => {
    const { clock, start, advance, told } = setUp(SEALED, SEALED);
    start(6_000);
    await advance(4_800);
    await advance(1_000);
    await advance(200);
    expect(told.at(-1)).toMatch(/^at 6000 expired: .* ended at 2026-01-01T00:00:06.000Z: .*vault is sealed$/);
    expect(clock.timerCount).toBe(0);
  });

  test("a renewal that never answers does not keep them alive", async () => {
    const { clock, start, advance, told } = setUp("never");
    start(6_000);
    await advance(4_800);
    await advance(1_200);
    expect(told).toEqual([expect.stringContaining("no new ones came in time")]);
    expect(clock.timerCount).toBe(0);
  });

  test("the same credentials again are no renewal, and are not asked for in ever shorter pauses", async () => {
    const { start, advance, told, asked } = setUp(2_000, 1_000);
    start(10_000);
    await advance(8_000);
    await advance(999);
    expect([asked(), told]).toEqual([1, [expect.stringContaining("that end no later than those in use")]]);
  });

  test("what comes after it was stopped, or started anew, changes nothing", async () => {
    const { clock, renewal, start, advance, told } = setUp(SEALED, 1_000);
    start(10_000);
    clock.advance(8_000);
    renewal.stop();
    await advance(0);
    expect([told, clock.timerCount]).toEqual([[], 0]);
  });

  test("a life longer than a timer can be is waited for in parts", async () => {
    const { start, advance, asked } = setUp(1_000);
    start(60 * DAY_MS);
    for (let day = 0; day < 47; day++) await advance(DAY_MS);
    expect(asked()).toBe(0);
    await advance(DAY_MS);
    expect(asked()).toBe(1);
  });

  test("a system clock that is set back or forward moves nothing that is under way", async () => {
    const { clock, start, advance, asked } = setUp(1_000);
    start(10_000);
    clock.setEpochMs(clock.epochMs() + 3_600_000);
    await advance(7_999);
    expect(asked()).toBe(0);
  });
});
