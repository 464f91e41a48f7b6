import type { RedisServer } from "@porthos-rpc/brokers/redis";
import { withRedis } from "@porthos-rpc/brokers/redis";
import type { Client } from "@porthos-rpc/client";
import {
  type IdempotencyOptions,
  type IdempotencyStore,
  idempotency,
} from "@porthos-rpc/extension-idempotency";
import { redisStore } from "@porthos-rpc/extension-idempotency/redis";
import { encodeText, type Message, type Transport } from "@porthos-rpc/protocol";
import type { Server } from "@porthos-rpc/server";
import { createClient } from "redis";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { Latch } from "../latch.js";
import { Program } from "../program.js";
import { Stage } from "../stage.js";
import { SOON_MS } from "../waits.js";
import { rows } from "./rows.js";

/** A connection of a server's own, as if it were a process. It is closed before the Redis goes. */
async function storeOf({ url }: RedisServer, { onTestFinished }: TestContext): Promise<IdempotencyStore> {
  const client = createClient({ url, socket: { reconnectStrategy: 50 } });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.destroy());
  return redisStore(client);
}

async function extensionsOf(
  redis: RedisServer,
  context: TestContext,
  options: Partial<IdempotencyOptions> = {},
) {
  return [idempotency({ store: await storeOf(redis, context), ...options })];
}

const work = (client: Client, key: string, body = {}) =>
  client.call("work").withHeaders({ "Idempotency-Key": key }).withMap(body).sync();

await withRedis((redis) => {
  describe.concurrent.each(rows)("over %s", (_title, row) => {
    test("a request that comes twice, to two servers at once, runs once, and both get its answer", async (context) => {
      await using stage = new Stage(row, "twice");
      const [running, end] = [new Latch(), new Latch()];
      let runs = 0;
      const handlers = {
        work: async () => {
          running.open();
          await end.pass();
          return ++runs;
        },
      };
      // One request at a time each: so the second goes to the other.
      const servers: Server[] = [];
      for (let i = 0; i < 2; i++)
        servers.push(
          await stage.server(handlers, { maxInFlight: 1, extensions: await extensionsOf(redis, context) }),
        );
      const replies = await sendTwice(await stage.transport(), stage.service, running);
      await vi.waitFor(() => expect(servers.map(waitedOf)).toContain(1), SOON_MS);
      end.open();
      await vi.waitFor(() => expect(replies).toHaveLength(2), SOON_MS);
      expect(replies.map(({ body }) => new TextDecoder().decode(body))).toEqual(["1", "1"]);
      expect(replies.filter(({ headers }) => headers.get("Idempotent-Replayed") === "true")).toHaveLength(1);
      expect(runs).toBe(1);
    });

    test("an answer outlasts the server that gave it, and another body under its key is refused", async (context) => {
      await using stage = new Stage(row, "outlasts");
      let runs = 0;
      const handlers = { work: () => ++runs };
      const client = await stage.client();
      const blue = await stage.server(handlers, { extensions: await extensionsOf(redis, context) });
      expect((await work(client, stage.service)).json()).toBe(1);
      await blue.shutdown();
      await stage.server(handlers, { extensions: await extensionsOf(redis, context) });
      const again = await work(client, stage.service);
      expect([again.json(), again.headers.get("Idempotent-Replayed")]).toEqual([1, "true"]);
      expect((await work(client, stage.service, { other: true })).statusCode).toBe(422);
      expect(runs).toBe(1);
    });

    test("one that runs when its caller stops waiting is known when he asks again", async (context) => {
      await using stage = new Stage(row, "overdue");
      const end = new Latch();
      let runs = 0;
      const handlers = { work: () => end.pass().then(() => ++runs) };
      await stage.server(handlers, { extensions: await extensionsOf(redis, context) });
      const hasty = await stage.client({ timeoutMs: 300 });
      await expect(work(hasty, stage.service)).rejects.toMatchObject({ code: "Timeout" });
      const client = await stage.client({ timeoutMs: 1_500 });
      const second = await work(client, stage.service);
      expect(second.statusCode).toBe(503);
      expect(second.json()).toMatchObject({ title: "Still running", executed: "maybe" });
      expect(second.headers.get("Retry-After")).toBe(1);
      end.open();
      await vi.waitFor(async () => expect((await work(client, stage.service)).json()).toBe(1), SOON_MS);
      expect(runs).toBe(1);
    });

    // Another process does not reach a broker in this one.
    if (row.transport === "memory") return;
    test("a request whose process is killed runs again elsewhere, when its lease is over", async (context) => {
      await using stage = new Stage(row, "killed");
      await using dying = new Program("tests/programs/dying-server.ts", {
        args: [stage.service, redis.url, "1500"],
        env: { PORTHOS_URL: row.url },
      });
      await dying.line(/is listening/);
      const client = await stage.client({ timeoutMs: 15_000 });
      const answer = client.call("work").sync();
      await dying.line(/it runs/);
      const heir = await stage.server(
        { work: (request) => request.redelivered },
        { extensions: await extensionsOf(redis, context) },
      );
      await dying.kill();
      expect((await answer).json()).toBe(true);
      expect(waitedOf(heir)).toBe(1);
    }, 30_000);
  });
});

/** One that the others do not share. */
await withRedis((redis) => {
  describe.each(rows)("over %s", (_title, row) => {
    test("a Redis that is killed, or frozen, harms no call that runs; others are refused until it is back", async (context) => {
      await using stage = new Stage(row, "redis-away");
      const [running, end] = [new Latch(), new Latch()];
      let runs = 0;
      const handlers = {
        work: async () => {
          running.open();
          await end.pass();
          return ++runs;
        },
      };
      const extensions = await extensionsOf(redis, context, { storeTimeoutMs: 300 });
      const server = await stage.server(handlers, { extensions });
      const told = vi.fn();
      server.on("extensionError", ({ during }) => told(during));
      const client = await stage.client();

      const first = work(client, `${stage.service} 1`);
      await running.pass();
      await redis.kill();
      end.open();
      expect((await first).json()).toBe(1);
      await expectRefused(client, `${stage.service} 2`);
      expect(told.mock.calls).toEqual([["complete"]]);

      await redis.start();
      await vi.waitFor(
        async () => expect((await work(client, `${stage.service} 3`)).json()).toBe(2),
        SOON_MS,
      );
      redis.freeze();
      await expectRefused(client, `${stage.service} 4`);
      redis.thaw();
      await vi.waitFor(
        async () => expect((await work(client, `${stage.service} 4`)).json()).toBe(3),
        SOON_MS,
      );
      expect(runs).toBe(3);
    });
  });
});

async function expectRefused(client: Client, key: string): Promise<void> {
  const refused = await work(client, key);
  expect([refused.statusCode, refused.headers.get("Retry-After")]).toEqual([503, 1]);
  expect(refused.json()).toMatchObject({ executed: "no" });
}

/** The same message two times, the second when the first runs. Gives the replies as they come. */
async function sendTwice(transport: Transport, service: string, running: Latch): Promise<readonly Message[]> {
  const replies: Message[] = [];
  transport.acquire();
  const inbox = await transport.openInbox({
    onMessage: (message) => replies.push(message),
    onLost: () => {},
  });
  const message: Message = {
    body: encodeText("{}"),
    contentType: "application/json",
    correlationId: `${"c".repeat(32)}.1.${(Date.now() + 10_000).toString(36)}.0123456789a`,
    replyTo: inbox.address,
    ttlMs: 10_000,
    headers: new Map([["X-Method", "work"]]),
    durable: false,
  };
  const send = (): void => transport.send(service, message, { onOutcome: () => {} });
  send();
  await running.pass();
  send();
  return replies;
}

function waitedOf(server: Server): unknown {
  const [described] = server.describe().extensions;
  return (described?.settings as Record<string, unknown> | undefined)?.["waited"];
}
