import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { amqp091 } from "./index.js";

/** A port that takes connections and never speaks. */
async function silentPort(): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

async function failure(options: Partial<Parameters<typeof amqp091>[0]>): Promise<string> {
  const url = `amqp://127.0.0.1:${await silentPort()}`;
  const transport = amqp091({ url, startTimeoutMs: 200, ...options });
  onTestFinished(() => transport.close());
  const error = await transport.ready().then(
    () => new Error("it is ready"),
    (reason: Error) => reason,
  );
  return error.message;
}

test("a start that takes too long says that the broker has not opened the connection, and what may be wrong", async () => {
  expect(await failure({})).toMatch(
    /has not opened the connection yet; if it is up: is it a TLS port \(amqps:\)/,
  );
});

test("a start that takes too long says that the function given as credentials has not answered", async () => {
  expect(await failure({ credentials: () => new Promise(() => {}) })).toContain(
    "the function given as credentials has not answered yet",
  );
});

test("an attempt that takes too long says what it waited for", async () => {
  expect(await failure({ connectTimeoutMs: 50 })).toMatch(
    /no AMQP connection with 127\.0\.0\.1:\d+ within 50 ms: .*has not opened the connection yet/,
  );
});
