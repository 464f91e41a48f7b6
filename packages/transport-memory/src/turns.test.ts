import { setImmediate } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { type TurnHost, Turns } from "./turns.js";

/** A host whose turns the test takes. */
function host(): TurnHost & { deferred: (() => void)[]; takeTurn(): void } {
  const deferred: (() => void)[] = [];
  return {
    deferred,
    setImmediate: (run) => deferred.push(run),
    setTimeout: () => expect.unreachable(),
    takeTurn: () => deferred.shift()?.(),
  };
}

function task(log: string[], name: string): { runTurn(): void } {
  return { runTurn: () => void log.push(name) };
}

describe("Turns", () => {
  it("runs what was added in one turn in one later turn, in its order", () => {
    const log: string[] = [];
    const turn = host();
    const turns = new Turns(turn);
    for (const name of ["a", "b", "c"]) turns.add(task(log, name));
    expect(log).toEqual([]);
    expect(turn.deferred).toHaveLength(1);
    turn.takeTurn();
    expect(log).toEqual(["a", "b", "c"]);
    expect(turn.deferred).toHaveLength(0);
  });

  it("leaves what is added during a turn to the next one", () => {
    const log: string[] = [];
    const turn = host();
    const turns = new Turns(turn);
    turns.add({ runTurn: () => turns.add(task(log, "next")) });
    turn.takeTurn();
    expect(log).toEqual([]);
    turn.takeTurn();
    expect(log).toEqual(["next"]);
  });

  it("runs on the host's own turns, even where a test has replaced the timers", async () => {
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout"] });
    try {
      const ran = new Promise<void>((resolve) => new Turns().add({ runTurn: resolve }));
      await ran;
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("uses a message channel where there is no setImmediate, as in a browser", async () => {
    const channels: InstanceType<typeof MessageChannel>[] = [];
    class Channel extends MessageChannel {
      constructor() {
        super();
        channels.push(this);
      }
    }
    const turns = new Turns({ MessageChannel: Channel as never, setTimeout: () => expect.unreachable() });
    const log: string[] = [];
    await new Promise<void>((resolve) => {
      turns.add(task(log, "a"));
      turns.add({ runTurn: () => turns.add({ runTurn: resolve }) });
    });
    expect(log).toEqual(["a"]);
    expect(channels).toHaveLength(1);
    channels[0]?.port1.close();
    await setImmediate();
  });

  it("uses a timeout where there is nothing else", async () => {
    const turns = new Turns({ setTimeout });
    await new Promise<void>((resolve) => turns.add({ runTurn: resolve }));
  });
});
