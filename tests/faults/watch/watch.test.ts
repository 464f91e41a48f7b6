import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "@porthos-rpc/client";
import { RpcError } from "@porthos-rpc/protocol";
import { memory } from "@porthos-rpc/transport-memory";
import { expect, test } from "vitest";
import { CallWatch } from "./call-watch.js";
import { CountingClock } from "./counting-clock.js";
import { Lag } from "./lag.js";
import { ProcessWatch } from "./process-watch.js";
import { Secrets } from "./secrets.js";
import { TransportWatch } from "./transport-watch.js";

/*
 * A watch that sees nothing is worth nothing: each of its complaints is provoked here.
 */

const lag = new Lag();

/** A client as wrong as a test wants it. */
function clientWhose(
  sync: () => Promise<unknown>,
  tell: (settled: (event: { call: object }) => void) => void = () => {},
): Client {
  const builder = { withTimeout: () => builder, sync };
  const on = (_event: string, settled: (event: { call: object }) => void): void => tell(settled);
  return { call: () => builder, on } as unknown as Client;
}

test("a call that does not end is complained of", () => {
  const watch = new CallWatch(lag);
  void watch
    .client(
      clientWhose(() => new Promise(() => {})),
      1_000,
    )
    .call("m")
    .sync();
  expect(watch.complaints()).toEqual(["m has not ended"]);
});

test("a call that ends too late is complained of, by its own timeout, and one in time is not", async () => {
  const watch = new CallWatch({ lostMs: () => 0 } as unknown as Lag);
  const client = watch.client(
    clientWhose(() => delay(300)),
    10_000,
  );
  await client.call("m").sync();
  expect(watch.complaints()).toEqual([]);
  await client.call("m").withTimeout(10).sync();
  expect(watch.complaints()).toEqual([
    expect.stringMatching(/^m ended \d+ ms after its deadline, 0 ms of them/),
  ]);
});

test("a call that ends late because its process stood still is not complained of", async () => {
  const watch = new CallWatch(new Lag());
  const ended = watch
    .client(
      clientWhose(() => delay(10)),
      10,
    )
    .call("m")
    .sync();
  const untilMs = performance.now() + 400;
  while (performance.now() < untilMs);
  await ended;
  expect(watch.complaints()).toEqual([]);
});

test("a call that ends twice is complained of", () => {
  const watch = new CallWatch(lag);
  const call = {};
  const twice = (settled: (event: { call: object }) => void): void => {
    for (const _ of [1, 2]) settled({ call });
  };
  watch.observe(clientWhose(() => delay(1), twice));
  expect(watch.complaints()).toEqual(["a call ended 2 times"]);
});

test("listeners and leases that are left are complained of", async () => {
  const transport = memory();
  const watch = new TransportWatch(transport);
  const stop = transport.on("up", () => {});
  const lease = transport.acquire();
  expect(watch.complaints()).toEqual(["1 listeners of memory are left", "1 leases of memory are left"]);
  stop();
  stop();
  await lease.release();
  await lease.release();
  expect(watch.complaints()).toEqual([]);
  await transport.close();
});

test("timers are counted until they are stopped, or have fired", async () => {
  const clock = new CountingClock();
  const stop = clock.after(10_000, () => {});
  const fired = new Promise<void>((resolve) => clock.after(1, resolve));
  expect(clock.timers).toBe(2);
  stop();
  stop();
  await fired;
  expect(clock.timers).toBe(0);
});

test.each<[what: string, said: unknown]>([
  ["a line", "connecting to amqp://guest:guest@localhost"],
  ["an error's message", new Error("no route to amqp://guest:guest@localhost")],
  [
    "the cause of a cause",
    new Error("a", { cause: new Error("b", { cause: { url: "amqp://guest:guest@h" } }) }),
  ],
  ["an option of an object", { connection: { options: { user: "guest", password: "guest" } } }],
  ["an error's details", new RpcError("Config", "no", { details: { password: "guest" } })],
  ["what SASL says", `AUTH PLAIN ${Buffer.from("\0guest\0guest").toString("base64")}`],
])("a secret is seen in %s", (_what, said) => {
  const secrets = new Secrets();
  secrets.addUrl("amqp://guest:guest@127.0.0.1:5672");
  expect(secrets.shownBy(said)).toBeDefined();
});

test("the name of a user, and what cannot be looked at, are no secrets", () => {
  const secrets = new Secrets();
  secrets.addUrl("amqp://guest:guest@127.0.0.1:5672");
  expect(secrets.shownBy(new Error("user guest may not declare"))).toBeUndefined();
  secrets.add("token-1234");
  expect(secrets.shownBy({ headers: new Map([["auth", "Bearer token-1234"]]) })).toBe("token-1234");
});

test("time that this process lost is known", () => {
  const fromMs = performance.now();
  while (performance.now() < fromMs + 100);
  expect(lag.lostMs(fromMs, performance.now())).toBeGreaterThan(50);
  expect(lag.lostMs(fromMs - 1_000_000, fromMs - 500_000)).toBe(0);
});

test("what is said, and what keeps the process alive, is known", async () => {
  const watch = new ProcessWatch();
  watch.begin();
  console.info("a word");
  expect(watch.said.join("\n")).toContain("a word");
  const server = createServer().listen(0);
  await once(server, "listening");
  expect(await watch.left(50)).toEqual([expect.stringContaining("TCPServerWrap")]);
  server.close();
  expect(await watch.left(1_000)).toEqual([]);
});
