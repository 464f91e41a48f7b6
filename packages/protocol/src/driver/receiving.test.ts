import { beforeEach, expect, test } from "vitest";
import { RpcError } from "../errors.js";
import { ManualClock } from "../manual-clock.js";
import { Keeper, type Lane } from "./keeper.js";
import { type Receivers, Receiving } from "./receiving.js";
import { type DriverLink, SupervisedConnection } from "./supervised-connection.js";

const START_TIMEOUT_MS = 15_000;

let clock: ManualClock;
let attempts: RpcError[];
/** What a connection attempt comes to. */
let dial: () => Promise<DriverLink>;
/** What opening a queue on a connection comes to. */
let openQueue: () => Promise<Lane>;

beforeEach(() => {
  clock = new ManualClock();
  attempts = [];
  dial = async () => ({ watch: () => {}, close: async () => {}, destroy: () => {} });
  openQueue = async () => ({ close: async () => {} });
});

function receiving(): Receiving<string, DriverLink> {
  const keeper = (): Keeper<DriverLink, Lane> =>
    new Keeper({
      clock,
      open: () => openQueue(),
      onOpen: () => {},
      onLost: () => {},
      onFailed: () => {},
    });
  const receivers = {
    consumer: () => ({ keeper: keeper(), cancel: async () => {} }),
  } as unknown as Receivers<DriverLink>;
  const connection = new SupervisedConnection<string, DriverLink>({
    clock,
    endpoints: ["broker"],
    startTimeoutMs: START_TIMEOUT_MS,
    dial: () => dial(),
    onAttemptFailed: (reason) => attempts.push(reason),
    onFatal: () => {},
  });
  const options = { clock, startTimeoutMs: START_TIMEOUT_MS, ready: async () => {} };
  const started = new Receiving(connection, receivers, options);
  started.start();
  return started;
}

async function refusalOf(consuming: Promise<unknown>): Promise<unknown> {
  const refused = consuming.then(
    () => "it consumes",
    (error: unknown) => error,
  );
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(START_TIMEOUT_MS);
  return refused;
}

test("consume() says why its connection could not be made", async () => {
  dial = async () => {
    throw new RpcError("Unavailable", "too many connections");
  };
  const error = await refusalOf(receiving().consume("calculator", { credit: 1 }, () => {}));
  expect(attempts.length).toBeGreaterThan(0);
  expect(error).toMatchObject({ code: "Unavailable", executed: "no" });
  expect(String(error)).toMatch(/calculator.*15000 ms: too many connections/);
});

test("consume() says why its queue could not be opened", async () => {
  openQueue = async () => {
    throw new RpcError("Overloaded", "too many sessions");
  };
  const error = await refusalOf(receiving().consume("calculator", { credit: 1 }, () => {}));
  expect(String(error)).toMatch(/calculator.*15000 ms: too many sessions/);
});

test("a queue that may not be used ends consume() with that reason, at once", async () => {
  openQueue = async () => {
    throw new RpcError("Config", "no permission");
  };
  const consuming = receiving().consume("calculator", { credit: 1 }, () => {});
  await expect(consuming).rejects.toMatchObject({ code: "Config", message: "no permission" });
  expect(clock.timerCount).toBe(0);
});

test("consume() without a credit is refused at once, not consumed without acknowledgements", async () => {
  const options = {} as { credit: number };
  await expect(receiving().consume("queue", options, () => {})).rejects.toThrow(
    /"credit" must be a whole number/,
  );
});
