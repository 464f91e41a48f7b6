import { describe, expect, it } from "vitest";
import { ScriptedDelivery, ScriptedTransport } from "../test/scripted-transport.js";
import { callId, request } from "../test/setup.js";
import type { RequestRun } from "./request-run.js";
import type { RunContext } from "./run-context.js";
import { Running } from "./running.js";

const context = {} as RunContext;

/** A run as far as `Running` knows it. @param adopts whether it is the one that a delivery belongs to */
const run = (id: string | undefined, adopts = true) => {
  const adopted: unknown[] = [];
  const made = {
    id,
    adopted,
    adopt: (_context: unknown, delivery: unknown) => {
      if (adopts) adopted.push(delivery);
      return adopts;
    },
  };
  return made as typeof made & RequestRun;
};

const delivery = (correlationId: string | undefined, redelivered = false) =>
  new ScriptedDelivery(new ScriptedTransport(), request({ correlationId }), redelivered, undefined);

describe("the requests that run", () => {
  it("are found by their id, all that have it, and counted", () => {
    const running = new Running();
    const [a, b, other, none] = [run("1"), run("1"), run("2"), run(undefined)];
    for (const each of [a, b, other, none]) running.add(each);
    expect(running.size).toBe(4);
    expect([...running]).toEqual([a, b, other, none]);
    expect(new Set(running.ofId("1"))).toEqual(new Set([a, b]));
    expect(running.ofId("2")).toEqual([other]);
    expect([running.ofId("3"), running.ofId(undefined), running.ofId("")]).toEqual([[], [], []]);
  });

  it("are gone when they have ended, and only they", () => {
    const running = new Running();
    const [a, b, c, none] = [run("1"), run("1"), run("1"), run(undefined)];
    running.add(a);
    running.delete(run("1"));
    expect([running.ofId("1"), running.size]).toEqual([[a], 1]);
    for (const each of [b, c, none]) running.add(each);
    running.delete(b);
    running.delete(b);
    expect([new Set(running.ofId("1")), running.size]).toEqual([new Set([a, c]), 3]);
    running.delete(a);
    running.delete(none);
    expect([running.ofId("1"), running.size]).toEqual([[c], 1]);
    running.delete(c);
    expect([running.ofId("1"), running.size, [...running]]).toEqual([[], 0, []]);
  });
});

describe("a delivery of a request that runs", () => {
  it("is taken over if the broker marks it as one that comes again", () => {
    const running = new Running();
    const known = run("1");
    running.add(known);
    const again = delivery("1", true);
    expect(running.adopt(context, again)).toBe(true);
    expect(known.adopted).toEqual([again]);
  });

  it("is taken over without a mark if nobody else can have its id", () => {
    const running = new Running();
    const id = callId(1);
    const known = run(id);
    running.add(known);
    expect(running.adopt(context, delivery(id))).toBe(true);
  });

  it("is not without a mark if its id is of another form: peers of version 1 use theirs again", () => {
    const running = new Running();
    const known = run("1");
    running.add(known);
    expect(running.adopt(context, delivery("1"))).toBe(false);
    expect(known.adopted).toEqual([]);
  });

  it("is taken over by one of several that have its id, and that it belongs to", () => {
    const running = new Running();
    const [other, mine, too] = [run("1", false), run("1"), run("1")];
    for (const each of [other, mine, too]) running.add(each);
    expect(running.adopt(context, delivery("1", true))).toBe(true);
    expect(mine.adopted.length + too.adopted.length).toBe(1);
  });

  it("is not taken over by any that it does not belong to, nor where none has its id", () => {
    const running = new Running();
    running.add(run("1", false));
    running.add(run(undefined));
    for (const id of ["1", "2", undefined]) expect(running.adopt(context, delivery(id, true))).toBe(false);
  });
});
