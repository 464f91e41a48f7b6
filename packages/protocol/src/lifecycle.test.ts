import { describe, expect, it } from "vitest";
import { RpcError } from "./errors.js";
import { Lifecycle } from "./lifecycle.js";
import { ManualClock } from "./manual-clock.js";

/** A driver that writes down what it is told, and whose stop ends when the test says so. */
function setup({ slowStop = false, progress = undefined as string | undefined } = {}) {
  const clock = new ManualClock();
  const log: string[] = [];
  const stops: (() => void)[] = [];
  const lifecycle = new Lifecycle({
    name: "fake",
    clock,
    startTimeoutMs: 1_000,
    start: () => log.push("start"),
    progress: () => progress,
    stop: () => {
      log.push("stop");
      return slowStop ? new Promise((resolve) => stops.push(resolve)) : Promise.resolve();
    },
    onClosed: () => log.push("closed"),
  });
  const stopped = async (): Promise<void> => {
    stops.shift()?.();
    await settle();
  };
  return { clock, log, lifecycle, stopped };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** What has become of a promise by now. */
function watch(promise: Promise<unknown>): { state: string; error: unknown } {
  const watched: { state: string; error: unknown } = { state: "pending", error: undefined };
  promise.then(
    () => {
      watched.state = "resolved";
    },
    (error: unknown) => {
      watched.state = "rejected";
      watched.error = error;
    },
  );
  return watched;
}

const reason = new RpcError("Unavailable", "connection refused");

describe("Lifecycle: leases", () => {
  it("is idle, and starts nothing, until somebody uses it", () => {
    const { lifecycle, log, clock } = setup();
    expect(lifecycle.state).toBe("idle");
    expect(log).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("starts with the first lease and stops with the last", async () => {
    const { lifecycle, log } = setup();
    const first = lifecycle.acquire();
    const second = lifecycle.acquire();
    expect(lifecycle.state).toBe("connecting");
    lifecycle.up();
    expect(lifecycle.state).toBe("up");
    await first.release();
    expect(log).toEqual(["start"]);
    await second.release();
    expect(log).toEqual(["start", "stop"]);
    expect(lifecycle.state).toBe("idle");
  });

  it("counts each lease once, however often it is released", async () => {
    const { lifecycle, log } = setup();
    const first = lifecycle.acquire();
    const second = lifecycle.acquire();
    await first.release();
    await first.release();
    expect(log).toEqual(["start"]);
    await second.release();
    await second.release();
    expect(log).toEqual(["start", "stop"]);
  });

  it("resolves the last release when the connections are closed", async () => {
    const { lifecycle, stopped } = setup({ slowStop: true });
    const release = watch(lifecycle.acquire().release());
    await settle();
    expect(release.state).toBe("pending");
    await stopped();
    expect(release.state).toBe("resolved");
  });

  it("opens again for a later lease", async () => {
    const { lifecycle, log } = setup();
    await lifecycle.acquire().release();
    lifecycle.acquire();
    expect(log).toEqual(["start", "stop", "start"]);
    expect(lifecycle.state).toBe("connecting");
  });

  it("starts again only when the stop that is under way has ended", async () => {
    const { lifecycle, log, stopped } = setup({ slowStop: true });
    void lifecycle.acquire().release();
    lifecycle.acquire();
    await settle();
    expect(log).toEqual(["start", "stop"]);
    expect(lifecycle.state).toBe("connecting");
    await stopped();
    expect(log).toEqual(["start", "stop", "start"]);
  });

  it("stays stopped when the lease that came during a stop goes before its end", async () => {
    const { lifecycle, log, stopped } = setup({ slowStop: true });
    void lifecycle.acquire().release();
    const release = watch(lifecycle.acquire().release());
    await stopped();
    await stopped();
    expect(release.state).toBe("resolved");
    expect(log.filter((entry) => entry === "start")).toHaveLength(1);
    expect(lifecycle.state).toBe("idle");
  });

  it("starts once, after the stop, whatever leases come and go during it", async () => {
    const { lifecycle, log, stopped } = setup({ slowStop: true });
    void lifecycle.acquire().release();
    for (let i = 0; i < 3; i++) void lifecycle.acquire().release();
    lifecycle.acquire();
    await settle();
    expect(log).toEqual(["start", "stop"]);
    await stopped();
    expect(log).toEqual(["start", "stop", "start"]);
    expect(lifecycle.state).toBe("connecting");
  });

  it("ignores what the driver still says after it was stopped", async () => {
    const { lifecycle } = setup();
    await lifecycle.acquire().release();
    lifecycle.up();
    expect(lifecycle.state).toBe("idle");
    lifecycle.down(reason);
    lifecycle.failed(reason);
    expect(lifecycle.state).toBe("idle");
    expect(lifecycle.failure).toBeUndefined();
  });

  it("ignores what the stopping connection says to a lease that came during the stop", async () => {
    const { lifecycle, stopped } = setup({ slowStop: true });
    void lifecycle.acquire().release();
    lifecycle.acquire();
    lifecycle.up();
    expect(lifecycle.state).toBe("connecting");
    await stopped();
    lifecycle.up();
    expect(lifecycle.state).toBe("up");
  });
});

describe("Lifecycle: ready", () => {
  it("starts the driver, without a lease too, and resolves when it is up", async () => {
    const { lifecycle, log, clock } = setup();
    const ready = watch(lifecycle.ready());
    expect(log).toEqual(["start"]);
    await settle();
    expect(ready.state).toBe("pending");
    lifecycle.up();
    await settle();
    expect(ready.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("resolves at once while it is up", async () => {
    const { lifecycle, clock } = setup();
    lifecycle.acquire();
    lifecycle.up();
    await lifecycle.ready();
    expect(clock.timerCount).toBe(0);
  });

  it("tells all who wait, with one start", async () => {
    const { lifecycle, log, clock } = setup();
    const waits = [lifecycle.ready(), lifecycle.ready(), lifecycle.ready()].map(watch);
    lifecycle.up();
    await settle();
    expect(waits.map(({ state }) => state)).toEqual(["resolved", "resolved", "resolved"]);
    expect(log).toEqual(["start"]);
    expect(clock.timerCount).toBe(0);
  });

  it("rejects with Unavailable, the last reason and not executed, when its start budget is over", async () => {
    const { lifecycle, clock } = setup();
    lifecycle.acquire();
    const ready = watch(lifecycle.ready());
    lifecycle.down(reason);
    clock.advance(999);
    await settle();
    expect(ready.state).toBe("pending");
    clock.advance(1);
    await settle();
    expect(ready.error).toMatchObject({ code: "Unavailable", executed: "no", cause: reason });
    expect((ready.error as Error).message).toBe(
      "transport fake could not reach its broker within 1000 ms: connection refused",
    );
    expect(clock.timerCount).toBe(0);
  });

  it.each([
    [undefined, ": the broker says nothing"],
    [reason, ": connection refused; now the broker says nothing"],
  ])("says how far the attempt has come that is under way, after %s", async (failure, text) => {
    const { lifecycle, clock } = setup({ progress: "the broker says nothing" });
    lifecycle.acquire();
    const ready = watch(lifecycle.ready());
    if (failure !== undefined) lifecycle.down(failure);
    clock.advance(1_000);
    await settle();
    const error = ready.error as Error;
    expect(error.message).toBe(`transport fake could not reach its broker within 1000 ms${text}`);
    expect(error.cause).toBe(failure);
  });

  it("goes on trying after the start budget while somebody holds a lease", async () => {
    const { lifecycle, clock, log } = setup();
    lifecycle.acquire();
    const ready = watch(lifecycle.ready());
    clock.advance(1_000);
    await settle();
    expect(ready.state).toBe("rejected");
    expect(log).toEqual(["start"]);
    expect(lifecycle.state).toBe("connecting");
    lifecycle.up();
    expect(lifecycle.state).toBe("up");
  });

  it("stops trying after the start budget when nobody holds a lease and nobody waits any more", async () => {
    const { lifecycle, clock, log } = setup();
    const first = watch(lifecycle.ready());
    clock.advance(500);
    const second = watch(lifecycle.ready());
    clock.advance(500);
    await settle();
    expect([first.state, second.state]).toEqual(["rejected", "pending"]);
    expect(log).toEqual(["start"]);
    clock.advance(500);
    await settle();
    expect(second.state).toBe("rejected");
    expect(log).toEqual(["start", "stop"]);
    expect(lifecycle.state).toBe("idle");
    expect(clock.timerCount).toBe(0);
  });

  it("waits for the connection to come back while it is down", async () => {
    const { lifecycle } = setup();
    lifecycle.acquire();
    lifecycle.up();
    lifecycle.down(reason);
    expect(lifecycle.state).toBe("down");
    expect(lifecycle.failure).toBe(reason);
    const ready = watch(lifecycle.ready());
    await settle();
    expect(ready.state).toBe("pending");
    lifecycle.up();
    await settle();
    expect(ready.state).toBe("resolved");
    expect(lifecycle.failure).toBeUndefined();
  });

  it("stays connecting, not down, until it has been up once", () => {
    const { lifecycle } = setup();
    lifecycle.acquire();
    lifecycle.down(reason);
    expect(lifecycle.state).toBe("connecting");
  });

  it("rejects all who wait with what was fatal, and tries again for the next one", async () => {
    const { lifecycle, log, clock } = setup();
    const fatal = new RpcError("Config", "wrong password");
    const waits = [lifecycle.ready(), lifecycle.ready()].map(watch);
    lifecycle.failed(fatal);
    await settle();
    expect(waits.map(({ error }) => error)).toEqual([fatal, fatal]);
    expect(lifecycle.state).toBe("idle");
    expect(lifecycle.failure).toBe(fatal);
    const again = watch(lifecycle.ready());
    lifecycle.up();
    await settle();
    expect(again.state).toBe("resolved");
    expect(log).toEqual(["start", "start"]);
    expect(clock.timerCount).toBe(0);
  });

  it("has nothing to stop after what was fatal", async () => {
    const { lifecycle, log } = setup();
    const lease = lifecycle.acquire();
    lifecycle.failed(new RpcError("Config", "wrong password"));
    await lease.release();
    await lifecycle.close();
    expect(log).toEqual(["start", "closed"]);
  });

  it("rejects who waits with Closed when the last lease is released", async () => {
    const { lifecycle, clock } = setup();
    const lease = lifecycle.acquire();
    const ready = watch(lifecycle.ready());
    await lease.release();
    expect(ready.error).toMatchObject({ code: "Closed", executed: "no" });
    expect(clock.timerCount).toBe(0);
  });
});

describe("Lifecycle: close", () => {
  it("stops what is up, and refuses whoever comes later", async () => {
    const { lifecycle, log } = setup();
    lifecycle.acquire();
    lifecycle.up();
    await lifecycle.close();
    expect(log).toEqual(["start", "stop", "closed"]);
    expect(lifecycle.state).toBe("closed");
    expect(() => lifecycle.acquire()).toThrow(expect.objectContaining({ code: "Closed" }));
    await expect(lifecycle.ready()).rejects.toMatchObject({ code: "Closed", executed: "no" });
  });

  it("stops once when it is closed twice, and both resolve when it has stopped; that it is closed is told once", async () => {
    const { lifecycle, log, stopped } = setup({ slowStop: true });
    lifecycle.acquire();
    const closes = [lifecycle.close(), lifecycle.close()].map(watch);
    await settle();
    expect(closes.map(({ state }) => state)).toEqual(["pending", "pending"]);
    await stopped();
    expect(closes.map(({ state }) => state)).toEqual(["resolved", "resolved"]);
    expect(log).toEqual(["start", "stop", "closed"]);
  });

  it("closes what was never started without stopping it", async () => {
    const { lifecycle, log } = setup();
    await lifecycle.close();
    expect(log).toEqual(["closed"]);
    expect(lifecycle.state).toBe("closed");
  });

  it("rejects who waits, and leaves no timer", async () => {
    const { lifecycle, clock } = setup();
    const ready = watch(lifecycle.ready());
    await lifecycle.close();
    expect(ready.error).toMatchObject({ code: "Closed" });
    expect(clock.timerCount).toBe(0);
  });

  it("waits for a stop that is under way", async () => {
    const { lifecycle, log, stopped } = setup({ slowStop: true });
    void lifecycle.acquire().release();
    const close = watch(lifecycle.close());
    await settle();
    expect(close.state).toBe("pending");
    await stopped();
    expect(close.state).toBe("resolved");
    expect(log).toEqual(["start", "stop", "closed"]);
  });

  it("does not start for a lease that came during a stop, if it is closed meanwhile", async () => {
    const { lifecycle, log, stopped } = setup({ slowStop: true });
    void lifecycle.acquire().release();
    const lease = lifecycle.acquire();
    const close = watch(lifecycle.close());
    await stopped();
    await stopped();
    expect(close.state).toBe("resolved");
    expect(log.filter((entry) => entry === "start")).toHaveLength(1);
    expect(lifecycle.state).toBe("closed");
    await lease.release();
  });

  it("stays closed, whatever the driver or a lease still says", async () => {
    const { lifecycle, log } = setup();
    const lease = lifecycle.acquire();
    await lifecycle.close();
    lifecycle.up();
    lifecycle.down(reason);
    lifecycle.failed(reason);
    await lease.release();
    expect(lifecycle.state).toBe("closed");
    expect(log).toEqual(["start", "stop", "closed"]);
  });
});
