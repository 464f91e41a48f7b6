import { describe, expect, test } from "vitest";
import { RpcError } from "../errors.js";
import { ManualClock } from "../testing.js";
import { Keeper, type Lane } from "./keeper.js";

/** What the connection is does not matter to a keeper. */
type Link = object;

const GONE = new RpcError("Unavailable", "gone");
const NEVER = new RpcError("Config", "never");

class FakeLane implements Lane {
  closed = 0;
  lost: (reason: RpcError) => void = () => {};

  async close(): Promise<void> {
    this.closed++;
  }
}

interface Attempt {
  readonly lane: FakeLane;
  open(): Promise<void>;
  fail(reason: unknown): Promise<void>;
}

function setUp(persistent = false): {
  clock: ManualClock;
  keeper: Keeper<Link, FakeLane>;
  attempts: Attempt[];
  told: string[];
  link: Link;
} {
  const clock = new ManualClock();
  const attempts: Attempt[] = [];
  const told: string[] = [];
  const settled = async (): Promise<void> => void (await new Promise((resolve) => setImmediate(resolve)));
  const keeper = new Keeper<Link, FakeLane>({
    clock,
    persistent,
    open: (_, lost) =>
      new Promise((resolve, reject) => {
        const lane = new FakeLane();
        lane.lost = lost;
        attempts.push({
          lane,
          open: async () => {
            resolve(lane);
            await settled();
          },
          fail: async (reason) => {
            reject(reason);
            await settled();
          },
        });
      }),
    onOpen: () => told.push("open"),
    onLost: ({ message }) => told.push(`lost ${message}`),
    onFailed: ({ message }) => told.push(`failed ${message}`),
  });
  return { clock, keeper, attempts, told, link: {} };
}

describe("Keeper", () => {
  test("opens on each connection, and tells what was lost with the last one", async () => {
    const { keeper, attempts, told, link } = setUp();
    keeper.linkUp(link);
    await attempts[0]?.open();
    await keeper.opened;
    expect(keeper.lane).toBe(attempts[0]?.lane);
    keeper.linkDown(GONE);
    expect([keeper.lane, attempts.length]).toEqual([undefined, 1]);
    keeper.linkUp(link);
    await attempts[1]?.open();
    expect(told).toEqual(["open", "lost gone", "open"]);
  });

  test("a lane that is lost alone is opened again at once, twice; one that goes on being lost, with growing pauses", async () => {
    const { clock, keeper, attempts, link } = setUp();
    keeper.linkUp(link);
    await attempts[0]?.open();
    attempts[0]?.lane.lost(GONE);
    await attempts[1]?.open();
    attempts[1]?.lane.lost(GONE);
    expect([attempts.length, clock.timerCount]).toEqual([3, 0]);
    await attempts[2]?.open();
    attempts[2]?.lane.lost(GONE);
    expect(clock.nextInMs).toBe(400);
    clock.advance(400);
    await attempts[3]?.open();
    attempts[3]?.lane.lost(GONE);
    expect(clock.nextInMs).toBe(800);
  });

  test("a lane that lived for long was a success: its loss is the first", async () => {
    const { clock, keeper, attempts, link } = setUp();
    keeper.linkUp(link);
    await attempts[0]?.open();
    attempts[0]?.lane.lost(GONE);
    await attempts[1]?.open();
    clock.advance(1_000);
    attempts[1]?.lane.lost(GONE);
    expect(attempts).toHaveLength(3);
  });

  test("connections that die again and again with it are not worn out: the pauses grow", async () => {
    const { clock, keeper, attempts, link } = setUp();
    const pauses: (number | undefined)[] = [];
    for (let death = 0; death < 9; death++) {
      keeper.linkUp(link);
      pauses.push(clock.nextInMs);
      clock.advance(clock.nextInMs ?? 0);
      if (death % 2 === 0) await attempts[death]?.open();
      keeper.linkDown(GONE);
    }
    expect(pauses).toEqual([undefined, undefined, undefined, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  test("closing and opening the connection on purpose is no failure", async () => {
    const { clock, keeper, attempts, link } = setUp();
    for (let time = 0; time < 5; time++) {
      keeper.linkUp(link);
      await attempts[time]?.open();
      keeper.linkDown(new RpcError("Closed", "closed"));
    }
    expect([attempts.length, clock.timerCount]).toEqual([5, 0]);
  });

  test("a channel that is lost in the moment it opened counts as one that failed to open", async () => {
    const { clock, keeper, attempts, told, link } = setUp();
    keeper.linkUp(link);
    const opening = attempts[0]?.open();
    attempts[0]?.lane.lost(GONE);
    await opening;
    expect([told, keeper.lane]).toEqual([["failed gone"], undefined]);
    clock.advance(100);
    expect(attempts).toHaveLength(2);
  });

  test("what can never work ends it before it was open once, and is only told afterwards", async () => {
    const first = setUp();
    first.keeper.linkUp(first.link);
    await first.attempts[0]?.fail(NEVER);
    await expect(first.keeper.opened).rejects.toBe(NEVER);
    first.keeper.linkUp(first.link);
    expect([first.attempts.length, first.clock.timerCount]).toEqual([1, 0]);

    const later = setUp();
    later.keeper.linkUp(later.link);
    await later.attempts[0]?.open();
    later.keeper.linkDown(GONE);
    later.keeper.linkUp(later.link);
    await later.attempts[1]?.fail(NEVER);
    expect(later.clock.nextInMs).toBe(5_000);
    expect(later.told).toContain("failed never");
  });

  test("what is persistent never ends", async () => {
    const { clock, keeper, attempts, link } = setUp(true);
    keeper.linkFailed(NEVER);
    keeper.linkUp(link);
    await attempts[0]?.fail(NEVER);
    clock.advance(5_000);
    await attempts[1]?.open();
    await keeper.opened;
  });

  test("a lane that opens on a connection that is gone meanwhile is closed, and not told", async () => {
    const { keeper, attempts, told, link } = setUp();
    keeper.linkUp(link);
    keeper.linkDown(GONE);
    await attempts[0]?.open();
    expect([attempts[0]?.lane.closed, told, keeper.lane]).toEqual([1, [], undefined]);
  });

  test("a failure of a connection that is gone meanwhile is not told", async () => {
    const { clock, keeper, attempts, told, link } = setUp();
    keeper.linkUp(link);
    keeper.linkDown(GONE);
    await attempts[0]?.fail(GONE);
    expect([told, clock.timerCount]).toEqual([[], 0]);
  });

  test.each(["opening", "open", "pausing"])(
    "closed while %s it opens nothing more and leaves no timer",
    async (phase) => {
      const { clock, keeper, attempts, told, link } = setUp();
      keeper.linkUp(link);
      if (phase === "open") await attempts[0]?.open();
      if (phase === "pausing") await attempts[0]?.fail(GONE);
      const lane = keeper.close(GONE);
      expect(lane === undefined).toBe(phase !== "open");
      await attempts[0]?.open();
      attempts[0]?.lane.lost(GONE);
      keeper.linkUp(link);
      keeper.close();
      expect([attempts.length, clock.timerCount]).toEqual([1, 0]);
      expect(told.filter((each) => each.startsWith("lost"))).toHaveLength(phase === "open" ? 1 : 0);
    },
  );

  test("it may be closed from within what it tells", async () => {
    const clock = new ManualClock();
    let lose: (reason: RpcError) => void = () => {};
    const keeper: Keeper<Link, FakeLane> = new Keeper<Link, FakeLane>({
      clock,
      open: async (_, lost) => {
        lose = lost;
        return new FakeLane();
      },
      onOpen: () => {},
      onLost: () => void keeper.close(GONE),
      onFailed: () => {},
    });
    keeper.linkUp({});
    await keeper.opened;
    lose(GONE);
    expect(clock.timerCount).toBe(0);
  });
});
