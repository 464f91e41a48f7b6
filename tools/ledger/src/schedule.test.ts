import { describe, expect, it } from "vitest";
import { type Cast, drain, schedule } from "./schedule.js";

const CAST: Cast = { family: "rabbitmq", protocol: "amqp091", clients: 8, servers: 3, heartbeatMs: 1_000 };

describe("the schedule of a seed", () => {
  it("is the same each time, and another for another seed", () => {
    expect(schedule(7, 600_000, CAST)).toEqual(schedule(7, 600_000, CAST));
    expect(schedule(8, 600_000, CAST)).not.toEqual(schedule(7, 600_000, CAST));
  });

  it("has a fault each 2 to 5 seconds, and none at the very end", () => {
    const faults = schedule(7, 600_000, CAST);
    for (const [index, { atMs }] of faults.entries()) {
      const gapMs = atMs - (faults[index - 1]?.atMs ?? 0);
      expect(gapMs).toBeGreaterThanOrEqual(2_000);
      expect(gapMs).toBeLessThanOrEqual(5_000);
      expect(atMs).toBeLessThan(597_000);
    }
  });

  it("strikes everybody, in every way that the broker knows", () => {
    const faults = schedule(7, 6_000_000, CAST);
    expect(new Set(faults.map(({ kind }) => kind)).size).toBe(16);
    const targets = new Set(faults.map(({ target }) => JSON.stringify(target)));
    expect(targets.size).toBe(1 + 8 + 3);
  });

  it("asks no broker for what it cannot do", () => {
    const kinds = schedule(7, 6_000_000, { ...CAST, family: "qpid" }).map(({ kind }) => kind);
    expect(kinds).not.toContain("alarm");
    expect(kinds).not.toContain("channel-kill");
    expect(kinds).toContain("broker-kill");
  });
});

describe("a drain", () => {
  it("ends one server after the other, at its interval", () => {
    const faults = drain(4, 3_000, 3);
    expect(faults.map(({ atMs }) => atMs)).toEqual([3_000, 6_000, 9_000, 12_000]);
    expect(faults.map(({ target }) => target)).toEqual(
      [0, 1, 2, 0].map((index) => ({ role: "server", index })),
    );
  });
});
