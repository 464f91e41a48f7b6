import { type Broker, startRabbit } from "@porthos-rpc/brokers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Caller, expectHonest, expectQuickEnd } from "./caller.js";
import { Program, type ProgramOptions } from "./program.js";
import { RawConnection } from "./seed-peer/raw-connection.js";

const CALCULATOR = "CalculatorService";
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

/** Nothing waits in the service's queue, and nothing is held back by a server. */
async function expectEmptyQueue(): Promise<void> {
  await using connection = await RawConnection.open(broker().url("amqp091"));
  const channel = await connection.channel();
  const messages = async (): Promise<number> =>
    (await channel.declare(CALCULATOR, { passive: true })).messages;
  await expect.poll(messages, { timeout: 5_000 }).toBe(0);
}

describe("a server and a caller as processes, over a real broker", () => {
  test("a server that is killed and started again loses no call of 10,000", { timeout: 60_000 }, async () => {
    await using first = await calculator();
    await using caller = new Caller(broker().url("amqp091"), {
      calls: 10_000,
      inFlight: 200,
      timeoutMs: 20_000,
    });
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
      await using caller = new Caller(broker().url("amqp091"), {
        inFlight: 200,
        timeoutMs: 2_000,
        audit: true,
      });
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
    await using caller = new Caller(broker().url("amqp091"), {
      calls: 6_000,
      inFlight: 200,
      timeoutMs: 10_000,
    });
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
