import { type Broker, startRabbit } from "@porthos-rpc/brokers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Program, type ProgramOptions } from "./program.js";
import type { CallerOptions, CallerProgress, CallerSummary } from "./programs/caller-report.js";
import { RawConnection } from "./seed-peer/raw-connection.js";

const CALCULATOR = "CalculatorService";
/** How much later than its deadline a call may end. */
const GRACE_MS = 250;
/** What an outage may cost in one test: the broker's own stop and start, on a busy machine. */
const OUTAGE_MS = 90_000;

let rabbit: Broker | undefined;
let whyNot = "";

beforeAll(async () => {
  try {
    rabbit = await startRabbit({ name: "processes" });
  } catch (error) {
    if (process.env["PORTHOS_REQUIRE_BROKERS"] === "1") throw error;
    whyNot = (error as Error).message;
  }
}, OUTAGE_MS);

afterAll(async () => {
  await rabbit?.remove();
}, OUTAGE_MS);

beforeEach(({ skip }) => {
  if (rabbit === undefined) skip(whyNot);
});

function broker(): Broker {
  if (rabbit === undefined) throw new Error(whyNot);
  return rabbit;
}

/** A program that finds the broker, and says little. */
function program(path: string, options: ProgramOptions = {}): Program {
  return new Program(path, {
    ...options,
    env: { PORTHOS_URL: broker().url("amqp091"), QUIET: "1", ...options.env },
  });
}

/** The example's server, once it listens. */
async function calculator(options: ProgramOptions = {}): Promise<Program> {
  const server = program("examples/calculator/src/server.ts", options);
  await server.line(/is listening/);
  return server;
}

/** The load program, and what it tells. */
class Caller implements AsyncDisposable {
  readonly program: Program;

  constructor(options: CallerOptions) {
    this.program = program("tests/programs/caller.ts", { args: [JSON.stringify(options)] });
  }

  /** Resolves once so many calls more than now have had their answers. */
  async answersMore(count: number, ms: number): Promise<void> {
    const from = this.program.lines.length;
    const before = progressOf(this.program.lines.at(-1)).answered;
    const goal = before + count;
    for (let index = from; ; index++) {
      const line = await this.program.line(/^\{/, { from: index, ms });
      if (progressOf(line).answered >= goal) return;
    }
  }

  /** Lets the calls under way end, and tells what became of all. */
  async summary(ms: number): Promise<CallerSummary> {
    const line = await this.program.line(/^\{"summary"/, { ms });
    return (JSON.parse(line) as { summary: CallerSummary }).summary;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.program.kill();
  }
}

function progressOf(line: string | undefined): CallerProgress {
  return line === undefined ? { ended: 0, answered: 0 } : (JSON.parse(line) as CallerProgress);
}

/** What holds whatever happens: each call ends with its own answer or an honest, typed error, and in time. */
function expectHonest(summary: CallerSummary): void {
  const failed = Object.values(summary.errors).reduce((sum, count) => sum + count, 0);
  expect(summary).toMatchObject({ wrong: [], untyped: [], lies: [], ended: summary.answered + failed });
  expect(summary.latestMs).toBeLessThan(GRACE_MS);
}

/** The end of a process that nobody ends. */
async function expectQuickEnd(ended: Program, code = 0): Promise<void> {
  const ending = await ended.end(10_000);
  expect(ending, ended.errors).toMatchObject({ code, signal: null });
  expect(ending.afterLastWordMs).toBeLessThan(2_000);
}

/** Nothing waits in the service's queue, and nothing is held back by a server. */
async function expectEmptyQueue(): Promise<void> {
  await using connection = await RawConnection.open(broker().url("amqp091"));
  const channel = await connection.channel();
  const messages = async (): Promise<number> =>
    (await channel.declare(CALCULATOR, { passive: true })).messages;
  await expect.poll(messages, { timeout: 5_000 }).toBe(0);
}

describe("a server and a caller as processes, over a real broker", () => {
  test("each of 10,000 calls, 200 at a time, gets its own answer", { timeout: 60_000 }, async () => {
    await using server = await calculator();
    await using caller = new Caller({ calls: 10_000, inFlight: 200, timeoutMs: 10_000 });
    const summary = await caller.summary(50_000);
    expectHonest(summary);
    expect(summary).toMatchObject({ ended: 10_000, answered: 10_000 });
    await expectQuickEnd(caller.program);
    await expectEmptyQueue();
    expect(server.errors).toBe("");
  });

  test("a server that is killed and started again loses no call of 10,000", { timeout: 60_000 }, async () => {
    await using first = await calculator();
    await using caller = new Caller({ calls: 10_000, inFlight: 200, timeoutMs: 20_000 });
    await caller.answersMore(2_000, 20_000);
    await first.kill();
    await using _second = await calculator();
    const summary = await caller.summary(50_000);
    expectHonest(summary);
    // What the killed one held was delivered again, and the outage is shorter than the timeout.
    expect(summary).toMatchObject({ ended: 10_000, answered: 10_000 });
    await expectQuickEnd(caller.program);
    await expectEmptyQueue();
  });

  test.each([
    ["restart", (rabbit: Broker) => rabbit.restart()],
    [
      "kill -9 and start",
      async (rabbit: Broker) => {
        await rabbit.kill();
        await rabbit.start();
      },
    ],
  ])(
    "a %s of the broker ends each call with an answer or an honest error in time, and calls go on by themselves",
    { timeout: OUTAGE_MS },
    async (_what, outage) => {
      await using server = program("tests/programs/recording-server.ts");
      await server.line(/is listening/);
      await using caller = new Caller({ inFlight: 200, timeoutMs: 2_000, audit: true });
      await caller.answersMore(2_000, 20_000);
      await outage(broker());
      await caller.answersMore(2_000, 20_000);
      caller.program.endInput();
      const summary = await caller.summary(10_000);
      expectHonest(summary);
      const errors = Object.keys(summary.errors).join("; ");
      // Those under way when it went, and those that were made while it was away.
      expect(errors).toMatch(/(Timeout|Unavailable), executed: maybe/);
      expect(errors).toMatch(/Timeout, executed: no/);
      await expectQuickEnd(caller.program);
      server.signal("SIGTERM");
      await expectQuickEnd(server);
    },
  );

  test("SIGTERM under load: the server finishes what it has and ends by itself with 0; no call is lost", {
    timeout: 60_000,
  }, async () => {
    await using leaving = await calculator();
    await using staying = await calculator();
    await using caller = new Caller({ calls: 6_000, inFlight: 200, timeoutMs: 10_000 });
    await caller.answersMore(1_000, 20_000);
    leaving.signal("SIGTERM");
    await expectQuickEnd(leaving);
    const summary = await caller.summary(50_000);
    expectHonest(summary);
    expect(summary).toMatchObject({ ended: 6_000, answered: 6_000 });
    await expectQuickEnd(caller.program);
    staying.signal("SIGINT");
    await expectQuickEnd(staying);
    await expectEmptyQueue();
  });

  test("the example's client prints its answers, and ends by itself", async () => {
    await using _server = await calculator();
    await using client = program("examples/calculator/src/client.ts", { args: ["4"] });
    await expectQuickEnd(client);
    const answers = [1, 2, 3, 4].map((value) => `addOne(${value}) = ${value + 1}`);
    expect(client.lines).toEqual(["connected over amqp091", ...answers]);
  });

  test("the example's client that has nothing to call ends by itself as well", async () => {
    await using client = program("examples/calculator/src/client.ts", { args: ["0"] });
    await expectQuickEnd(client);
  });

  test("the example's client says that nobody serves, and ends by itself with 1", async () => {
    await using connection = await RawConnection.open(broker().url("amqp091"));
    await (await connection.channel()).deleteQueue(CALCULATOR);
    await using client = program("examples/calculator/src/client.ts");
    await expectQuickEnd(client, 1);
    expect(client.errors).toMatch(/nobody has declared the queue .*\[NoService, executed: no\]/);
  });

  test("the example's server writes an access log of JSON lines, one before and one after each request", async () => {
    await using server = await calculator({ env: { QUIET: "" } });
    await using client = program("examples/calculator/src/client.ts", { args: ["1"] });
    await expectQuickEnd(client);
    const after = JSON.parse(await server.line(/"response"/)) as object;
    const before = JSON.parse(await server.line(/"request"/)) as object;
    expect(before).toMatchObject({ service: CALCULATOR, method: "addOne", args: { value: 1 } });
    expect(after).toMatchObject({
      service: CALCULATOR,
      method: "addOne",
      args: { value: 1 },
      statusCode: 200,
    });
    expect(after).toHaveProperty("elapsedMs", expect.any(Number));
    server.signal("SIGTERM");
    await expectQuickEnd(server);
  });
});
