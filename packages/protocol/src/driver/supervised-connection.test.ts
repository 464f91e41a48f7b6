import { describe, expect, test } from "vitest";
import { RpcError } from "../errors.js";
import { ManualClock } from "../testing.js";
import { type DriverLink, SupervisedConnection, type Tenant } from "./supervised-connection.js";

class FakeLink implements DriverLink {
  readonly name: string;
  readonly expiresAtMs: number | undefined;
  readonly log: string[];

  constructor(name: string, expiresAtMs: number, log: string[]) {
    this.name = name;
    this.expiresAtMs = expiresAtMs;
    this.log = log;
  }

  lose = (_: RpcError): void => {};

  watch({ onLost }: { onLost(reason: RpcError): void }): void {
    this.lose = onLost;
  }

  async close(): Promise<void> {
    this.log.push(`${this.name} closed`);
  }

  destroy(): void {
    this.log.push(`${this.name} destroyed`);
  }
}

const LIFE_MS = 10_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A connection whose credentials end, with a broker that cannot be told of new ones. */
async function setUp(
  dialled: (number: number) => Promise<void> = async () => {},
  endOf = (clock: ManualClock): number => clock.epochMs() + LIFE_MS,
) {
  const clock = new ManualClock();
  const log: string[] = [];
  const links: FakeLink[] = [];
  const tenant: Tenant<FakeLink> = {
    linkUp: ({ name }) => log.push(`on ${name}`),
    linkDown: ({ code }) => log.push(`down ${code}`),
    linkFailed: () => {},
    drain: async () => void log.push("drained"),
  };
  const connection = new SupervisedConnection<string, FakeLink>({
    clock,
    endpoints: ["broker"],
    startTimeoutMs: 15_000,
    dial: async () => {
      const number = links.length + 1;
      await dialled(number);
      const link = new FakeLink(`link ${number}`, endOf(clock), log);
      links.push(link);
      return link;
    },
    onFatal: () => {},
    onRenewalFailed: ({ message }) => log.push(message),
  });
  connection.add(tenant);
  connection.start();
  await turn();
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await turn();
  };
  return { clock, connection, log, links, advance };
}

describe("a connection whose credentials end, with a broker that cannot be told", () => {
  test("is replaced in time by another, when that is up and what was under way is done", async () => {
    const { log, advance, connection, clock } = await setUp();
    await advance(8_000);
    expect(log).toEqual(["on link 1", "drained", "down Closed", "link 1 closed", "on link 2"]);
    await advance(8_000);
    expect(log.slice(5)).toEqual(["drained", "down Closed", "link 2 closed", "on link 3"]);
    await connection.stop();
    expect(clock.timerCount).toBe(0);
  });

  test("is kept while no other can be had, and given up when they have ended", async () => {
    const { log, advance, connection, clock } = await setUp(async (number) => {
      if (number === 2 && clock.now() < LIFE_MS) throw new RpcError("Unavailable", "the vault is sealed");
    });
    await advance(8_000);
    expect(log).toEqual(["on link 1", expect.stringContaining("could not be renewed: the vault is sealed")]);
    await advance(2_000);
    await advance(2_000);
    expect(log.slice(-3)).toEqual(["link 1 destroyed", "down Unavailable", "on link 2"]);
    await connection.stop();
    expect(clock.timerCount).toBe(0);
  });

  test("is not replaced, again and again, by one that ends no later", async () => {
    const end = new ManualClock().epochMs() + LIFE_MS;
    const { log, advance, connection, clock } = await setUp(undefined, () => end);
    await advance(8_000);
    await advance(0);
    expect(log).toEqual([
      "on link 1",
      "link 2 destroyed",
      expect.stringContaining("that end no later than those in use"),
    ]);
    await connection.stop();
    expect(clock.timerCount).toBe(0);
  });

  test("that is lost, or not wanted any more, meanwhile is not replaced", async () => {
    for (const end of ["lost", "stopped"]) {
      let open = (): void => {};
      const { log, links, advance, connection, clock } = await setUp(
        (number) =>
          new Promise((resolve) => {
            if (number === 2) open = resolve;
            else resolve();
          }),
      );
      await advance(8_000);
      if (end === "lost") links[0]?.lose(new RpcError("Unavailable", "gone"));
      else await connection.stop();
      open();
      await turn();
      expect(log).toContain("link 2 destroyed");
      expect(log).not.toContain("on link 2");
      await connection.stop();
      expect(clock.timerCount).toBe(0);
    }
  });
});

test("a refusal that a broker gives while it starts is waited for: for a third of the start budget", async () => {
  const clock = new ManualClock();
  const failures: string[] = [];
  const connection = new SupervisedConnection<string, FakeLink>({
    clock,
    endpoints: ["broker"],
    startTimeoutMs: 15_000,
    dial: async () => {
      throw new RpcError("Config", "no such virtual host", { retryable: true });
    },
    onFatal: ({ message }) => failures.push(`${message}, after ${clock.now() - startedMs} ms`),
  });
  connection.add({ linkUp: () => {}, linkDown: () => {}, linkFailed: () => {}, drain: async () => {} });
  const startedMs = clock.now();
  connection.start();
  await turn();
  for (; clock.now() - startedMs < 4_900; await turn()) clock.advance(100);
  expect(failures).toEqual([]);
  for (; failures.length === 0; await turn()) clock.advance(100);
  expect(failures).toEqual([expect.stringMatching(/^no such virtual host, after (5|6)\d\d\d ms$/)]);
  expect(clock.timerCount).toBe(0);
});
