import { afterAll, describe, test } from "vitest";
import { RedisServer } from "./redis-server.js";

export type { RedisServer } from "./redis-server.js";

/** Runs the suite on a Redis of its own; without one there is one skipped test that says so, or a failure in CI. */
export async function withRedis(suite: (server: RedisServer) => void): Promise<void> {
  let reason = "";
  const server = await RedisServer.start((why) => {
    reason = why;
  });
  if (server !== undefined) {
    afterAll(() => server.remove());
    describe("on Redis", () => suite(server));
    return;
  }
  process.stdout.write(`redis: missing (${reason})\n`);
  const isRequired = process.env["PORTHOS_REQUIRE_BROKERS"] === "1";
  test.skipIf(!isRequired)(`needs a Redis: ${reason}`, () => {
    throw new Error(`PORTHOS_REQUIRE_BROKERS is 1, and ${reason}`);
  });
}
