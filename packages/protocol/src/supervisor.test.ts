import { describe, expect, it } from "vitest";
import { RpcError } from "./errors.js";
import { ManualClock } from "./manual-clock.js";
import { Supervisor, type SupervisorOptions } from "./supervisor.js";

interface Attempt {
  readonly endpoint: string;
  readonly signal: AbortSignal;
  readonly atMs: number;
  succeed(): Promise<string>;
  fail(error: unknown): Promise<void>;
}

/** A driver of which each attempt waits for the test to end it. */
function setup(options: Partial<SupervisorOptions<string, string>> = {}) {
  const clock = new ManualClock();
  const attempts: Attempt[] = [];
  const log: string[] = [];
  const discarded: string[] = [];
  const failures: RpcError[] = [];
  let connections = 0;
  const supervisor = new Supervisor<string, string>({
    clock,
    endpoints: ["a"],
    random: () => 0.999_999,
    connect: (endpoint, signal) =>
      new Promise((resolve, reject) => {
        attempts.push({
          endpoint,
          signal,
          atMs: clock.now(),
          succeed: async () => {
            const connection = `connection ${++connections} to ${endpoint}`;
            resolve(connection);
            await settle();
            return connection;
          },
          fail: async (error) => {
            reject(error);
            await settle();
          },
        });
      }),
    discard: (connection) => discarded.push(connection),
    onUp: (_, epoch) => log.push(`up ${epoch}`),
    onDown: (reason) => log.push(`down: ${reason.message}`),
    onFatal: (reason) => log.push(`fatal: ${reason.message}`),
    onAttemptFailed: (reason) => failures.push(reason),
    ...options,
  });
  const last = (): Attempt => {
    const attempt = attempts.at(-1);
    if (attempt === undefined) throw new Error("no attempt was made");
    return attempt;
  };
  return { clock, supervisor, attempts, log, discarded, failures, last };
}

/** Lets the promises of an attempt run their course. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

const passing = (): RpcError => new RpcError("Unavailable", "connection refused");
const fatal = (): RpcError => new RpcError("Config", "wrong password");
const doubtful = (): RpcError =>
  new RpcError("Config", "access refused, perhaps for now", { retryable: true });

describe("Supervisor: connecting", () => {
  it("does nothing before it is started", () => {
    const { clock, supervisor, attempts } = setup();
    expect(attempts).toEqual([]);
    expect(clock.timerCount).toBe(0);
    expect(supervisor.epoch).toBe(0);
    expect(supervisor.connection).toBeUndefined();
    expect(supervisor.stop()).toBeUndefined();
  });

  it("makes one connection, reports it with epoch 1, and keeps no timer", async () => {
    const { clock, supervisor, log, last, attempts } = setup();
    supervisor.start();
    supervisor.start();
    const connection = await last().succeed();
    expect(log).toEqual(["up 1"]);
    expect(supervisor.connection).toBe(connection);
    expect(supervisor.epoch).toBe(1);
    expect(attempts).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("tries the endpoints of a round one after the other, without a pause", async () => {
    const { clock, supervisor, attempts, last } = setup({ endpoints: ["a", "b", "c"] });
    supervisor.start();
    await last().fail(passing());
    await last().fail(passing());
    expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 0, 0]);
    expect(attempts.map(({ endpoint }) => endpoint).sort()).toEqual(["a", "b", "c"]);
    expect(clock.timerCount).toBe(0);
    await last().fail(passing());
    expect(clock.timerCount).toBe(1);
  });

  it("walks the endpoints in an order shuffled once", async () => {
    const first = setup({ endpoints: ["a", "b", "c", "d"], random: () => 0 });
    const second = setup({ endpoints: ["a", "b", "c", "d"] });
    for (const { clock, supervisor, last } of [first, second]) {
      supervisor.start();
      for (let i = 0; i < 8; i++) {
        await last().fail(passing());
        clock.advance(10_000);
      }
    }
    const orders = [first, second].map(({ attempts }) => attempts.map(({ endpoint }) => endpoint).join(""));
    expect(orders[1]).toBe("abcdabcda");
    expect(orders[0]).not.toBe(orders[1]);
    expect(orders[0]?.slice(0, 4)).toBe(orders[0]?.slice(4, 8));
  });

  it("pauses between rounds from 0 to maxDelayMs, drawn evenly", async () => {
    for (const random of [0, 0.25, 0.999_999]) {
      const { clock, supervisor, last } = setup({ maxDelayMs: 1_000, random: () => random });
      supervisor.start();
      for (let round = 1; round <= 6; round++) {
        await last().fail(passing());
        expect(Math.round(clock.nextInMs ?? Number.NaN)).toBe(Math.round(1_000 * random));
        clock.advance(1_000);
      }
    }
  });

  it("never pauses longer than maxDelayMs, however long the broker is away", async () => {
    const { clock, supervisor, last, attempts } = setup({ random: Math.random });
    supervisor.start();
    for (let round = 0; round < 2_000; round++) {
      await last().fail(passing());
      expect(clock.nextInMs).toBeLessThanOrEqual(1_200);
      clock.advance(1_200);
    }
    expect(attempts).toHaveLength(2_001);
    supervisor.stop();
    expect(clock.timerCount).toBe(0);
  });

  it.each([0, 1, 20])(
    "spreads a thousand clients that lost their broker at once over a second, most of them within one, after %i failed rounds",
    async (rounds) => {
      const delays: number[] = [];
      for (let client = 0; client < 1_000; client++) {
        const { clock, supervisor, last } = setup({ random: Math.random });
        supervisor.start();
        supervisor.lost(await last().succeed(), passing());
        for (let round = 0; round < rounds; round++) {
          clock.advance(1_200);
          await last().fail(passing());
        }
        delays.push(clock.nextInMs ?? Number.NaN);
        supervisor.stop();
      }
      delays.sort((a, b) => a - b);
      expect((delays[989] as number) - (delays[10] as number)).toBeGreaterThan(1_000);
      expect(delays[500]).toBeLessThan(700);
      const quarters = [0, 1, 2, 3].map(
        (q) => delays.filter((d) => d >= q * 300 && d < (q + 1) * 300).length,
      );
      for (const count of quarters) expect(count).toBeGreaterThan(150);
    },
  );

  it("tells each failed attempt", async () => {
    const { supervisor, last, failures, clock } = setup();
    supervisor.start();
    const error = passing();
    await last().fail(error);
    clock.advance(2_000);
    const stranger = new Error("ECONNREFUSED");
    await last().fail(stranger);
    expect(failures[0]).toBe(error);
    expect(failures[1]).toMatchObject({ code: "Unavailable", executed: "no", cause: stranger });
  });

  it("takes a connect that throws at once for a failed attempt", async () => {
    let calls = 0;
    const { supervisor, failures, clock } = setup({
      connect: () => {
        calls++;
        throw new Error("no such host");
      },
    });
    supervisor.start();
    await settle();
    expect(calls).toBe(1);
    expect(failures).toHaveLength(1);
    expect(clock.timerCount).toBe(1);
  });
});

describe("Supervisor: what is fatal", () => {
  it("gives up at once on a Config error before the first success", async () => {
    const { clock, supervisor, log, last, attempts, failures } = setup({ endpoints: ["a", "b"] });
    supervisor.start();
    await last().fail(fatal());
    expect(log).toEqual(["fatal: wrong password"]);
    expect(attempts).toHaveLength(1);
    expect(failures).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("can be started again after it gave up", async () => {
    const { supervisor, log, last } = setup();
    supervisor.start();
    await last().fail(fatal());
    supervisor.start();
    await last().succeed();
    expect(log).toEqual(["fatal: wrong password", "up 1"]);
  });

  it("gives up on a doubtful Config error that has stayed for doubtMs, and not before: a broker that starts may say it", async () => {
    const { clock, supervisor, log, last, attempts } = setup();
    supervisor.start();
    for (const atMs of [0, 1_000, 1_999]) {
      clock.advance(atMs - clock.now());
      await last().fail(doubtful());
      expect(log).toEqual([]);
      clock.advance(clock.nextInMs ?? 0);
    }
    expect(attempts.length).toBeGreaterThan(2);
    await last().fail(doubtful());
    expect(log).toEqual(["fatal: access refused, perhaps for now"]);
    expect(clock.timerCount).toBe(0);
  });

  it("forgets a doubtful error when another failure comes between", async () => {
    const { clock, supervisor, log, last } = setup();
    supervisor.start();
    for (const error of [doubtful(), passing(), doubtful(), passing()]) {
      await last().fail(error);
      clock.advance(2_000);
    }
    expect(log).toEqual([]);
    await last().succeed();
    expect(log).toEqual(["up 1"]);
  });

  it("forgets a doubtful error of an earlier start", async () => {
    const { supervisor, log, last } = setup();
    supervisor.start();
    await last().fail(doubtful());
    supervisor.stop();
    supervisor.start();
    await last().fail(doubtful());
    expect(log).toEqual([]);
  });

  it("never gives up after a success: what worked may work again, every fatalDelayMs", async () => {
    const { clock, supervisor, log, last, attempts, failures } = setup({ fatalDelayMs: 7_000 });
    supervisor.start();
    supervisor.lost(await last().succeed(), passing());
    clock.advance(1_200);
    for (let attempt = 0; attempt < 5; attempt++) {
      await last().fail(fatal());
      expect(clock.nextInMs).toBe(7_000);
      clock.advance(7_000);
    }
    await last().succeed();
    expect(log).toEqual(["up 1", "down: connection refused", "up 2"]);
    expect(attempts).toHaveLength(7);
    expect(failures).toHaveLength(5);
  });

  it("retries what would be fatal after 5 s by default", async () => {
    const { clock, supervisor, last } = setup();
    supervisor.start();
    supervisor.lost(await last().succeed(), passing());
    clock.advance(1_200);
    await last().fail(fatal());
    expect(clock.nextInMs).toBe(5_000);
  });
});

describe("Supervisor: losing a connection", () => {
  it("says that it is down, pauses up to maxDelayMs, and comes up with the next epoch", async () => {
    const { clock, supervisor, log, last, attempts } = setup();
    supervisor.start();
    supervisor.lost(await last().succeed(), passing());
    expect(log).toEqual(["up 1", "down: connection refused"]);
    expect(supervisor.connection).toBeUndefined();
    expect(clock.nextInMs).toBeLessThanOrEqual(1_200);
    clock.advance(1_200);
    const second = await last().succeed();
    expect(log).toEqual(["up 1", "down: connection refused", "up 2"]);
    expect(supervisor.connection).toBe(second);
    expect(attempts).toHaveLength(2);
    expect(clock.timerCount).toBe(0);
  });

  it("ignores the loss of a connection that is not the current one", async () => {
    const { clock, supervisor, log, last } = setup();
    supervisor.start();
    const first = await last().succeed();
    supervisor.lost(first, passing());
    supervisor.lost(first, passing());
    clock.advance(1_200);
    const second = await last().succeed();
    supervisor.lost(first, passing());
    expect(log).toEqual(["up 1", "down: connection refused", "up 2"]);
    expect(supervisor.connection).toBe(second);
    expect(clock.timerCount).toBe(0);
  });

  it("ignores the loss of a connection that it gave back when it was stopped", async () => {
    const { clock, supervisor, log, last } = setup();
    supervisor.start();
    const connection = await last().succeed();
    expect(supervisor.stop()).toBe(connection);
    supervisor.lost(connection, passing());
    expect(log).toEqual(["up 1"]);
    expect(clock.timerCount).toBe(0);
  });

  it("stays stopped when the driver stops it while it hears of the loss", async () => {
    const { clock, supervisor, last, attempts } = setup({ onDown: () => supervisor.stop() });
    supervisor.start();
    supervisor.lost(await last().succeed(), passing());
    clock.advance(10_000);
    expect(attempts).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("makes one attempt at a time when it is stopped and started again while the driver hears of the loss", async () => {
    const { clock, supervisor, last, attempts } = setup({
      onDown: () => {
        supervisor.stop();
        supervisor.start();
      },
    });
    supervisor.start();
    supervisor.lost(await last().succeed(), passing());
    clock.advance(10_000);
    expect(attempts).toHaveLength(2);
  });
});

describe("Supervisor: hurrying", () => {
  it("ends a pause, and nothing else", async () => {
    const { clock, supervisor, attempts, last } = setup();
    supervisor.hurry();
    expect(attempts).toEqual([]);
    supervisor.start();
    supervisor.hurry();
    expect(attempts).toHaveLength(1);
    await last().fail(passing());
    supervisor.hurry();
    expect(attempts).toHaveLength(2);
    expect(clock.timerCount).toBe(0);
    await last().succeed();
    supervisor.hurry();
    expect(attempts).toHaveLength(2);
  });

  it("does not end the pause after what only an operator can mend", async () => {
    const { clock, supervisor, attempts, last } = setup();
    supervisor.start();
    supervisor.lost(await last().succeed(), passing());
    clock.advance(1_200);
    await last().fail(fatal());
    supervisor.hurry();
    expect(attempts).toHaveLength(2);
    expect(clock.nextInMs).toBe(5_000);
  });
});

describe("Supervisor: stopping", () => {
  it("aborts the attempt that is under way, and hears no more of it", async () => {
    const { clock, supervisor, log, last, failures, attempts } = setup();
    supervisor.start();
    supervisor.stop();
    expect(last().signal.aborted).toBe(true);
    await last().fail(passing());
    clock.advance(10_000);
    expect(attempts).toHaveLength(1);
    expect(log).toEqual([]);
    expect(failures).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("discards a connection that comes although its attempt was aborted", async () => {
    const { supervisor, log, last, discarded } = setup();
    supervisor.start();
    supervisor.stop();
    const connection = await last().succeed();
    expect(discarded).toEqual([connection]);
    expect(log).toEqual([]);
    expect(supervisor.connection).toBeUndefined();
    expect(supervisor.epoch).toBe(0);
  });

  it("is not confused by an aborted attempt that ends after the next one has begun", async () => {
    const { supervisor, log, discarded, attempts, last } = setup();
    supervisor.start();
    supervisor.stop();
    supervisor.start();
    const [first] = attempts;
    const current = await last().succeed();
    const stale = await first?.succeed();
    expect(discarded).toEqual([stale]);
    expect(supervisor.connection).toBe(current);
    expect(log).toEqual(["up 1"]);
  });

  it("leaves no timer when it is stopped during a pause", async () => {
    const { clock, supervisor, last, attempts } = setup();
    supervisor.start();
    await last().fail(passing());
    expect(clock.timerCount).toBe(1);
    supervisor.stop();
    expect(clock.timerCount).toBe(0);
    clock.advance(10_000);
    expect(attempts).toHaveLength(1);
  });

  it("stays stopped when the driver stops it while it hears of a failed attempt", async () => {
    const { clock, supervisor, last, attempts } = setup({
      endpoints: ["a", "b"],
      onAttemptFailed: () => supervisor.stop(),
    });
    supervisor.start();
    await last().fail(passing());
    clock.advance(10_000);
    expect(attempts).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("makes one attempt at a time when it is stopped and started again while it hears of a failed attempt", async () => {
    let restarts = 0;
    const { clock, supervisor, last, attempts } = setup({
      onAttemptFailed: () => {
        if (restarts++ > 0) return;
        supervisor.stop();
        supervisor.start();
      },
    });
    supervisor.start();
    await last().fail(passing());
    clock.advance(10_000);
    expect(attempts).toHaveLength(2);
  });

  it("counts epochs on over a stop and a start", async () => {
    const { supervisor, log, last } = setup();
    supervisor.start();
    await last().succeed();
    supervisor.stop();
    supervisor.start();
    await last().succeed();
    expect(log).toEqual(["up 1", "up 2"]);
  });
});
